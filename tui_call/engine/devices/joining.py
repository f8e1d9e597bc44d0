"""Becoming a further device of an account, by the link that its first device made.

Nothing is written before the credential is there: a link that is wrong, used or over leaves a new
profile as it was. Whoever fails after enrolling at the service removes itself from it again.
"""

import asyncio
import contextlib
import platform as host_platform
import secrets
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib.metadata import version

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.linking import Declined, Linked, Newcomer
from tui_call.e2ee.own_devices import Pair
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.service.enrolment import NewMembership, enrol
from tui_call.engine.service.faults import (
    InviteExpired,
    InviteUnknown,
    InviteUsed,
    ServiceFault,
    TooManyDevices,
)
from tui_call.engine.service.link import (
    LoginCredentials,
    ServiceLink,
)
from tui_call.engine.service.link_state import LinkState
from tui_call.engine.service.postbox import Postbox
from tui_call.errors import LocalFault, TuiCallError
from tui_call.foreign_text import clean
from tui_call.identifiers import IDENTIFIER_BYTES, parse_account_id
from tui_call.profile.identity import Identity, Link, StoredIdentity
from tui_call.profile.profile import Membership
from tui_call.signaling import messages as signaling
from tui_call.signaling.device_link import DeviceLink
from tui_call.signaling.vocabulary import LINK_LIFE_SECONDS

ANSWER_WITHIN = 30.0
MOST_NAME = 32
_SEED_BYTES = 32


class LinkUnknown(LocalFault):
    """This link is no longer valid: a newer one took its place. Make another one."""


class LinkUsed(LocalFault):
    """This link was used already. If not by you, look at your devices on the other one, now."""


class LinkExpired(LocalFault):
    """This link has expired. Make a new one on your other device."""

    def __init__(self) -> None:
        super().__init__(n=LINK_LIFE_SECONDS // 60)


class HolderAway(LocalFault):
    """Your other device is not connected. Start tui-call there and make a new link."""


class HolderSilent(LocalFault):
    """Your other device did not answer this link. Make a new one there."""


class LinkFailed(LocalFault):
    """Linking failed: your other device could not finish it. Make a new link there."""


class WrongCredential(LocalFault):
    """Linking failed: what your other device sent does not hold here. Compare both clocks."""


_DECLINED: dict[Declined, type[TuiCallError]] = {
    Declined.EXPIRED: LinkExpired,
    Declined.TOO_MANY_DEVICES: TooManyDevices,
    Declined.FAILED: LinkFailed,
}
_REFUSED: dict[type[ServiceFault], type[LocalFault]] = {
    InviteUnknown: LinkUnknown,
    InviteUsed: LinkUsed,
    InviteExpired: LinkExpired,
}


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What linking gives.

    Attributes:
        identity: this device's keys and its credential.
        membership: the service that the account belongs to.
        name: of this device.
    """

    identity: Identity
    membership: Membership
    name: str


def device_name(wanted: str = "") -> str:
    """Return how the person's other devices will see this one."""
    return clean(wanted, MOST_NAME) or clean(host_platform.node(), MOST_NAME) or "device"


@contextlib.asynccontextmanager
async def linked_by(link: DeviceLink, name: str) -> AsyncGenerator[NewDevice]:
    """Become a device of the account; an error inside takes that back.

    Args:
        link: where, and the secret.
        name: of this device, cleaned.

    Raises:
        LocalFault: a leaf of this module.
        ServiceFault: the service is away, or refused.
    """
    seeds = [secrets.token_bytes(_SEED_BYTES) for _ in range(2)]
    device = secrets.token_bytes(IDENTIFIER_BYTES)
    login_private = Ed25519PrivateKey.from_private_bytes(seeds[1])
    enrolled = await _enrol(link, name, device, login_private)
    account = parse_account_id(enrolled.welcome.account)
    pair = Pair(account, link.holder, device)
    device_private = Ed25519PrivateKey.from_private_bytes(seeds[0])
    newcomer = Newcomer(link.secret, pair, device_private, name, SystemEntropy())
    async with _introduction(link, newcomer, pair, login_private) as introduction:
        linked = await introduction.answer()
        kept = Link(linked.credential.encode(), link.holder, linked.secret)
        yield NewDevice(
            Identity(StoredIdentity(b"", seeds[0], seeds[1], device, link=kept)),
            Membership(
                link.invite.host,
                link.invite.port,
                link.invite.pin,
                enrolled.organisation,
                account,
                clean(enrolled.welcome.name),
            ),
            name,
        )


async def _enrol(
    link: DeviceLink, name: str, device: bytes, login_private: Ed25519PrivateKey
) -> NewMembership:
    try:
        return await enrol(
            link.invite.host,
            link.invite.port,
            link.invite.pin,
            link.invite.code,
            user="",
            name=name,
            device_id=device.hex(),
            device_name=name,
            login_key_public=login_private.public_key().public_bytes_raw(),
            client_version=version("tui-call"),
        )
    except (InviteUnknown, InviteUsed, InviteExpired) as refused:
        raise _REFUSED[type(refused)] from refused


@contextlib.asynccontextmanager
async def _introduction(
    link: DeviceLink, newcomer: Newcomer, pair: Pair, login_private: Ed25519PrivateKey
) -> AsyncGenerator["_Introduction"]:
    introduction = _Introduction(newcomer, pair)
    service = introduction.service = ServiceLink(
        host=link.invite.host,
        port=link.invite.port,
        pins=(link.invite.pin,),
        credentials=LoginCredentials(pair.account, pair.device.hex(), login_private),
        on_message=introduction.take,
        on_state=introduction.link_changed,
        client_version=version("tui-call"),
    )
    running = asyncio.create_task(service.run())  # noqa: TID251 - waited for below
    try:
        yield introduction
    except BaseException:
        with contextlib.suppress(ServiceFault):
            await service.request(lambda number: signaling.RemoveDevice(number, pair.device.hex()))
        raise
    finally:
        introduction.postbox.close()
        await service.close()
        await running


class _Introduction:
    """One HELLO and its answer, over a connection of the new device."""

    def __init__(self, newcomer: Newcomer, pair: Pair) -> None:
        self.service: ServiceLink
        self.postbox = Postbox(lambda message: self.service.send(message))
        self._newcomer = newcomer
        self._pair = pair
        self._answer: asyncio.Future[Linked | Declined] = asyncio.get_running_loop().create_future()
        self._away = False

    async def answer(self) -> Linked:
        """Wait for the holder.

        Raises:
            LocalFault: it declined, is away, or does not answer within half a minute.
            ServiceFault: why there was no connection by then.
        """
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answer = await asyncio.shield(self._answer)
        except TimeoutError as error:
            if self.service.fault is not None:
                raise self.service.fault from error
            raise (HolderAway if self._away else HolderSilent) from error
        except ProtocolFailure as failure:
            raise WrongCredential from failure
        if isinstance(answer, Declined):
            raise _DECLINED[answer]
        return answer

    def link_changed(self, state: LinkState) -> None:
        """Say HELLO as soon as there is a connection; it is repeated until it is acknowledged."""
        if state is LinkState.ONLINE:
            self.postbox.forget(self._newcomer.thread)
            self.postbox.send(
                self._newcomer.thread,
                self._pair.account,
                self._pair.holder,
                self._newcomer.hello,
                repeat=True,
            )

    def take(self, message: signaling.ServiceMessage) -> None:
        """Take what the service brings; nothing but the holder's answer matters."""
        match message:
            case signaling.Deliver() if message.from_device == self._pair.holder.hex():
                self.postbox.acknowledge(message)
                self._answered(message.payload)
            case signaling.Acknowledged():
                self._away = False
                self.postbox.acknowledged(message)
            case signaling.Undeliverable():
                self._away = True
            case _:
                pass

    def _answered(self, payload: bytes) -> None:
        if self._answer.done():
            return
        try:
            self._answer.set_result(self._newcomer.receive(payload, time.time()))
        except ProtocolFailure as failure:
            kinds = (
                FailureKind.CREDENTIAL_INVALID,
                FailureKind.CREDENTIAL_EARLY,
                FailureKind.CREDENTIAL_EXPIRED,
            )
            if failure.kind in kinds:
                self._answer.set_exception(failure)
