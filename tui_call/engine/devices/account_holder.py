"""The device that holds the account's key: it links others, gives them credentials, removes them.

The protocol is in `e2ee.linking` and `e2ee.renewal`. What changes in the identity is on disk before
anybody else hears of it.
"""

import logging
import secrets
import time

import msgspec

from tui_call.control.views import OwnDeviceView
from tui_call.e2ee.credentials import Credential
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.linking import Applicant, Declined, OpenLink
from tui_call.e2ee.own_devices import SECRET_BYTES, Pair
from tui_call.e2ee.renewal import give, read_ask, thread_of_pair
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.profile_writer import ProfileWriter
from tui_call.engine.changes import Changes
from tui_call.engine.devices.device_list import MOST_NAME, DeviceList
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.notices import Notices
from tui_call.engine.service.faults import NotAllowed, ServiceAway, ServiceFault, TooManyDevices
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.service.second_try import SecondTry
from tui_call.errors import TuiCallError
from tui_call.foreign_text import clean
from tui_call.profile.identity import RENEW_AFTER, LinkedDevice, NoAccountKey
from tui_call.profile.profile import Profile
from tui_call.sentences import sentence
from tui_call.signaling import messages as signaling
from tui_call.signaling.device_link import DeviceLink
from tui_call.signaling.invite import InviteLink, parse_invite
from tui_call.signaling.vocabulary import MOST_DEVICES
from tui_call.tasks import Tasks

log = logging.getLogger(__name__)

LINK_SECONDS = 600.0


class AccountHolder:
    """What an engine does that has IK."""

    def __init__(
        self,
        profile: Profile,
        account: OwnAccount,
        writer: ProfileWriter,
        devices: DeviceList,
        membership: ServiceMembership,
        postbox: Postbox,
        changes: Changes,
        notices: Notices,
        tasks: Tasks,
    ) -> None:
        self._profile = profile
        self._account = account
        self._writer = writer
        self._devices = devices
        self._membership = membership
        self._postbox = postbox
        self._changes = changes
        self._notices = notices
        self._tasks = tasks
        self._link: OpenLink | None = None
        self._second_telling = SecondTry()

    # Linking

    async def make_link(self) -> tuple[str, int]:
        """Return a link for one more device, and its end in Unix seconds; an earlier one is over.

        Raises:
            NoAccountKey: this device was linked itself.
            ServiceFault: the service is away, or refused.
        """
        account, identity = self._account.address, self._profile.identity
        if not identity.holds_account_key:
            raise NoAccountKey
        if len(identity.linked) >= MOST_DEVICES - 1:
            raise TooManyDevices
        created = await self._membership.request(lambda number: signaling.LinkDevice(number))
        if not isinstance(created, signaling.InviteCreated):
            raise ServiceAway
        told, joined = parse_invite(created.link), self._account.member()
        secret = secrets.token_bytes(SECRET_BYTES)
        # The pin is the one that this device trusts, whatever the service says now.
        invite = InviteLink(told.host, told.port, told.code, joined.pins[0])
        self._link = OpenLink(secret, account, identity.device_id, time.monotonic() + LINK_SECONDS)
        return DeviceLink(invite, secret, identity.device_id).link, created.expires

    def greeted(self, device: bytes, payload: bytes) -> None:
        """Take the HELLO of a device that has the link."""
        link = self._link
        if link is None:
            return
        try:
            applied = link.receive(payload, device, time.monotonic())
        except ProtocolFailure as failure:
            if failure.kind is not FailureKind.DUPLICATE or not link.stored_answer:
                raise
            self._postbox.send(
                link.thread, self._account.address, device, link.stored_answer, repeat=False
            )
            return
        self._tasks.spawn(self._answer(link, applied, device))

    async def _answer(self, link: OpenLink, applied: Applicant | Declined, device: bytes) -> None:
        """Give a credential to who has the link, or say why not; it is kept before it is given."""
        given: Credential | Declined = Declined.FAILED
        if isinstance(applied, Declined):
            given = applied
            self._notices.add(sentence("D_LINK_EXPIRED", "holder", device="A device"))
        else:
            name = clean(applied.name, MOST_NAME) or "device"
            try:
                given = await self._take_on(applied, name)
            except TuiCallError as fault:
                log.error("device not linked", {"error": type(fault).__name__})
                self._notices.add(sentence("D_LINK_FAILED", "holder", device=name, why=fault))
            else:
                self._notices.add(sentence("D_LINKED", "holder", device=name))
        answer = link.answer(given, SystemEntropy())
        self._postbox.send(link.thread, self._account.address, device, answer, repeat=True)
        self._changes.show("me")

    async def _take_on(self, applied: Applicant, name: str) -> Credential:
        profile, now = self._profile, time.time()
        device = applied.pair.device
        before = profile.identity
        credential = before.issue(applied.pair.account, applied.device_key, device, now)
        profile.identity = before.with_linked(
            LinkedDevice(
                device_id=device,
                device_key=applied.device_key,
                name=name,
                since=now,
                secret=applied.secret,
                epoch=credential.epoch,
                not_before=credential.not_before,
            )
        )
        try:
            await self._writer.now()
        except TuiCallError:
            profile.identity = before
            raise
        return credential

    # Removing

    async def remove(self, text: str) -> tuple[OwnDeviceView, bool]:
        """Remove a device for good: epoch, login, and new credentials for those that stay.

        Args:
            text: its name, or the beginning of its id.

        Returns:
            The device, and whether the service has revoked its login already.

        Raises:
            NoAccountKey: this device was linked itself.
            NoOtherDevice, SeveralDevices: none, or more than one, is called so.
            StoreUnavailable: nothing was changed.
        """
        profile = self._profile
        if not profile.identity.holds_account_key:
            raise NoAccountKey
        view = self._devices.find(text)
        device, before = bytes.fromhex(view.id), profile.identity
        profile.identity = before.without(device)
        try:
            await self._writer.now()
        except TuiCallError:
            profile.identity = before
            raise
        told = await self.tell_of_removals()
        self.give_to_those_online()
        code = "D_REMOVED" if told else "D_REMOVED_LATER"
        self._notices.add(sentence(code, "holder", device=view.name))
        self._changes.show("me")
        return view, told

    def due(self, now: float) -> bool:
        """Return whether it is time to tell again of removals of which the service did not hear."""
        return self._second_telling.due(now)

    async def tell_of_removals(self) -> bool:
        """Have the service revoke what was removed; False where it is to be told later."""
        self._second_telling.spare()  # not twice at a time
        for device in self._profile.identity.stored.removed:
            try:
                await self._membership.request(
                    lambda number, device=device: signaling.RemoveDevice(number, device.hex())
                )
            except NotAllowed:
                # It knows no such device of ours, so there is no login to revoke.
                log.info("removal not needed")
            except ServiceFault:
                self._second_telling.need()
                return False
            profile = self._profile
            profile.identity = profile.identity.told_of_removal(device)
            self._account.save()
        return True

    # Credentials

    def give_to_those_online(self) -> None:
        """Give a new credential to each linked device that is online with one of an older epoch."""
        identity = self._profile.identity
        if identity.stored.restored:
            return
        online = self._devices.online
        for device in identity.linked:
            if device.epoch < identity.epoch and device.device_id.hex() in online:
                self._give(device)

    def asked(self, device_id: bytes, message: bytes) -> None:
        """Answer a listed device whose credential is of an older epoch, or of an older month."""
        identity, now = self._profile.identity, time.time()
        device = next((one for one in identity.linked if one.device_id == device_id), None)
        if device is None or identity.stored.restored:
            log.info("credential asked for by a device that is not listed")
            return
        pair = Pair(self._account.address, identity.device_id, device_id)
        has = read_ask(device.secret, pair, device.device_key, message)
        if has.epoch != identity.epoch or not 0 <= now - has.not_before < RENEW_AFTER:
            self._give(device)

    def _give(self, device: LinkedDevice) -> None:
        profile, account = self._profile, self._account.address
        identity = profile.identity
        credential = identity.issue(account, device.device_key, device.device_id, time.time())
        pair = Pair(account, identity.device_id, device.device_id)
        message = give(device.secret, pair, credential, SystemEntropy())
        self._postbox.send_anew(thread_of_pair(device.secret), account, device.device_id, message)
        profile.identity = identity.with_linked(
            msgspec.structs.replace(
                device, epoch=credential.epoch, not_before=credential.not_before
            )
        )
        self._account.save()
