"""How a connection becomes a member's: greeting, enrolling, logging in."""

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tui_call.permissions.terms import is_older
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import Address, PersonTouched, TurnOut
from tui_call.service.database import Accounts, LoginRecord, Organisation
from tui_call.service.enrolment import Enrolment
from tui_call.service.faults import (
    AccountDisabled,
    ClientTooOld,
    ClockDiffers,
    DeviceRevoked,
    LoginRefused,
    TooMany,
    WrongVersion,
)
from tui_call.service.last_seen import LONGEST_VERSION
from tui_call.service.limits import TokenBuckets
from tui_call.service.policies import CurrentPolicies
from tui_call.service.present_members import PresentMembers
from tui_call.service.session import ClientSession
from tui_call.service.welcomes import Welcomes
from tui_call.signaling.messages import (
    VERSION,
    Challenge,
    Enrol,
    Hello,
    Login,
    login_statement,
)
from tui_call.signaling.pins import ShownCertificate

LARGEST_CLOCK_DIFFERENCE = 120
"""Seconds."""
NONCE_BYTES = 32


class Logins:
    """Lets those in who prove who they are."""

    def __init__(
        self,
        organisation: Organisation,
        certificate: ShownCertificate,
        accounts: Accounts,
        enrolment: Enrolment,
        limit: TokenBuckets,
        bus: Bus,
        policies: CurrentPolicies,
        welcomes: Welcomes,
        present: PresentMembers,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            organisation: whose service it is.
            certificate: of this service, which logins sign.
            accounts: the enrolled devices.
            enrolment: spends invites.
            limit: how often a device logs in.
            bus: tells everywhere who has enrolled.
            policies: say which clients are too old.
            welcomes: tell a device that has enrolled whose it is.
            present: takes those who are let in.
            wall_clock: Unix seconds.
        """
        self._organisation = organisation
        self._certificate = certificate
        self._accounts = accounts
        self._enrolment = enrolment
        self._limit = limit
        self._bus = bus
        self._policies = policies
        self._welcomes = welcomes
        self._present = present
        self._wall_clock = wall_clock

    async def greet(self, session: ClientSession, hello: Hello) -> None:
        """Answer with what a login has to sign.

        Raises:
            WrongVersion: the client speaks another one.
        """
        if hello.version != VERSION:
            raise WrongVersion
        session.client = hello.client[:LONGEST_VERSION]
        session.nonce = secrets.token_bytes(NONCE_BYTES)
        organisation = self._organisation
        session.put(Challenge(VERSION, organisation.id, organisation.name, session.nonce))

    async def enrol(self, session: ClientSession, message: Enrol) -> None:
        """Spend an invite. Enrolling is not being here: the device logs in on another connection.

        Raises:
            Refused: as `Enrolment.enrol`.
        """
        enrolled = await self._enrolment.enrol(message)
        for device in enrolled.revoked:
            address = Address(enrolled.record.account, device)
            self._bus.publish(address, TurnOut("device_revoked"))
        self._bus.announce(PersonTouched(enrolled.record.account, enrolled.joined))
        self._welcomes.tell(session, enrolled.record)
        session.finish()

    async def log_in(self, session: ClientSession, login: Login) -> None:
        """Make a member of a client that proves its login key; the nonce is spent in any case.

        Raises:
            Refused: as `check_login`; also `AccountDisabled`, `ClientTooOld`, and `TooMany` for a
                device that does so too often.
        """
        assert session.nonce is not None
        nonce, session.nonce = session.nonce, None
        record = await check_login(
            self._accounts,
            login,
            organisation=self._organisation.id,
            nonce=nonce,
            certificate=self._certificate,
            now=int(self._wall_clock()),
        )
        if not self._limit.take(record.device):
            raise TooMany
        if record.disabled:
            raise AccountDisabled(self._organisation.name)
        oldest = self._policies.oldest_client(record.account)
        if is_older(session.client, oldest):
            raise ClientTooOld(oldest)
        if not session.ended:  # the client went away while the database was read
            await self._present.come(session, record)


async def check_login(
    accounts: Accounts,
    login: Login,
    *,
    organisation: str,
    nonce: bytes,
    certificate: ShownCertificate,
    now: int,
) -> LoginRecord:
    """Return what is known of the device that logs in.

    Args:
        accounts: the enrolled devices.
        login: what the client sent.
        organisation: this service's organisation.
        nonce: from this connection's challenge, used by no other login.
        certificate: of this service; signed is its key, or itself by who still pins it.
        now: Unix seconds.

    Raises:
        LoginRefused: unknown device, other account, wrong signature.
        ClockDiffers: the signed time is more than 120 s from now.
        DeviceRevoked: the device was removed.
    """
    record = await accounts.login(login.device)
    if record is None or record.account != login.account or not 0 <= login.time < 1 << 63:
        raise LoginRefused
    if not any(
        _signed(login, record, login_statement(organisation, nonce, pin, login.device, login.time))
        for pin in (certificate.key, certificate.whole)
    ):
        raise LoginRefused
    # Only who holds the key learns why it does not open the door.
    if record.revoked:
        raise DeviceRevoked
    if abs(login.time - now) > LARGEST_CLOCK_DIFFERENCE:
        raise ClockDiffers(now, LARGEST_CLOCK_DIFFERENCE)
    return record


def _signed(login: Login, record: LoginRecord, statement: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(record.login_key).verify(login.signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True
