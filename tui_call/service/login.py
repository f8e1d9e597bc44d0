"""Who comes in, and who goes: greeting, enrolling, logging in, and what follows from it."""

import logging
import math
import secrets
from collections.abc import Callable
from functools import partial

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tui_call.permissions.terms import is_older
from tui_call.service.admission import AdmissionControl
from tui_call.service.bus.bus import Bus
from tui_call.service.bus.traffic import Address, LoggedIn, PersonTouched, TurnOut
from tui_call.service.database import Accounts, LoginRecord, Organisation
from tui_call.service.delivery import BusDelivery
from tui_call.service.directory import Directory
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
from tui_call.service.last_seen import LONGEST_VERSION, LastSeen
from tui_call.service.limits import Rate, TokenBuckets
from tui_call.service.missed_calls import MissedCallDelivery
from tui_call.service.policies import CurrentPolicies
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import (
    VERSION,
    Challenge,
    Enrol,
    Hello,
    Login,
    Welcome,
    login_statement,
)
from tui_call.signaling.pins import ShownCertificate

LARGEST_CLOCK_DIFFERENCE = 120
NONCE_BYTES = 32
LOGGED = Rate(burst=20, per_second=0.1)
"""Lines in the log of who comes, and of who goes."""

log = logging.getLogger(__name__)


class Logins:
    """Makes members of those who connect, and lets them go."""

    def __init__(
        self,
        organisation: Organisation,
        certificate: ShownCertificate,
        accounts: Accounts,
        enrolment: Enrolment,
        arrivals: AdmissionControl,
        limit: TokenBuckets,
        bus: Bus,
        delivery: BusDelivery,
        directory: Directory,
        missed_calls: MissedCallDelivery,
        policies: CurrentPolicies,
        personal: bool,
        bridge: bool,
        last_seen: LastSeen,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            organisation: whose service it is.
            certificate: of this service, which logins sign.
            accounts: the enrolled devices.
            enrolment: spends invites.
            arrivals: told who may stay.
            limit: how often a device logs in.
            bus: tells everywhere who is there.
            delivery: takes what the bus has for each.
            directory: lets them watch people.
            missed_calls: told to each who comes.
            policies: told to each who comes.
            personal: the service is somebody's own.
            bridge: standard calls can be made here.
            last_seen: told of each who comes and goes.
            wall_clock: Unix seconds.
        """
        self._organisation = organisation
        self._certificate = certificate
        self._accounts = accounts
        self._enrolment = enrolment
        self._arrivals = arrivals
        self._limit = limit
        self._bus = bus
        self._delivery = delivery
        self._directory = directory
        self._missed_calls = missed_calls
        self._policies = policies
        self._personal = personal
        self._bridge = bridge
        self._last_seen = last_seen
        self._wall_clock = wall_clock
        self._lines = TokenBuckets(LOGGED, wall_clock)
        self._latest = 0.0

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
        self._welcome(session, enrolled.record)
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
            await self._admit(session, record)

    def leave(self, session: ClientSession, *, goodbye: bool) -> None:
        """Clean up after the socket is gone.

        Args:
            session: whose socket it was.
            goodbye: the client said so; else the connection broke, and it may be back soon.
        """
        session.finish()
        self._directory.leave(session)
        self._missed_calls.gone(session)
        if session.take is not None:
            self._bus.unsubscribe(session.address, session.take)
            session.take = None  # no circle, which would wait for the collector
            self._bus.announce(session.announcement(gone=True, goodbye=goodbye))
            self._last_seen.note(session.account, session.client)
            self._log("device offline")

    async def _admit(self, session: ClientSession, record: LoginRecord) -> None:
        session.member = record
        self._arrivals.admit(session.arrival)
        self._welcome(session, record)
        self._last_seen.note(record.account, session.client)
        self._directory.admit(session)
        session.login = self._login_time(record.read)
        session.take = partial(self._delivery.take, session)
        self._bus.subscribe(session.address, session.take)
        self._bus.publish(session.address, LoggedIn(session.login))
        self._bus.announce(session.announcement())
        self._log("device online")
        # The device may have been revoked, or the person disabled, since the login was checked.
        if not await self._missed_calls.arrived(session):
            known = await self._accounts.login(record.device)
            disabled = known is not None and known.disabled and not known.revoked
            name = self._organisation.name
            session.end(AccountDisabled(name) if disabled else DeviceRevoked())

    def _log(self, event: str) -> None:
        """Write some of these lines: those of a morning would take the place of all others."""
        if self._lines.take(event):
            log.info(event)

    def _login_time(self, read: float) -> float:
        """Return when a login counts: later than each that this process let in before."""
        self._latest = max(read, math.nextafter(self._latest, math.inf))
        return self._latest

    def _welcome(self, session: ClientSession, record: LoginRecord) -> None:
        told = self._policies.of(record.account)
        session.put(
            Welcome(
                record.account,
                record.name,
                record.role,
                told.policy,
                record.setting,
                int(self._wall_clock()),
                (self._certificate.key,),
                told.calling,
                told.epoch,
                self._personal,
                self._bridge,
                record.recording_of_me,
                record.captions_of_me,
            )
        )


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
