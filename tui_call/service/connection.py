"""One client: who it is and what it may ask. Without a socket: frames in, messages out.

    new ──Hello──► greeted ──Login──► member ──► ended
     ▲                │
     └──── refused ───┘  the nonce is spent; another Hello gets another one

Whatever a client sends, the answer is a message. The connection ends for another version, for
many malformed messages or much beyond the limits, when its device logs in elsewhere or is
revoked, and when the client does not read.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.identifiers import IdentifierError, parse_account_id, parse_identifier
from tui_call.service.administration import (
    Administration,
    require_administrator,
    require_unlinked,
)
from tui_call.service.database import Accounts, Enrolled, LoginRecord, Organisation
from tui_call.service.directory import Directory
from tui_call.service.enrolment import Enrolment, shown_name
from tui_call.service.faults import (
    DatabaseUnusable,
    Malformed,
    NotAllowed,
    Refused,
    StoreUnusable,
    TooLarge,
    TooMany,
    Unavailable,
    WrongVersion,
)
from tui_call.service.limits import FAILURE_COST, TokenBuckets
from tui_call.service.login import check_login
from tui_call.service.missed_calls import MissedCalls
from tui_call.service.on_demand import OnDemandAccounts
from tui_call.service.presence import OnlineDevices
from tui_call.service.relays import RelayAccess
from tui_call.service.routing import Router
from tui_call.signaling import messages
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    VERSION,
    Acknowledge,
    AcknowledgeMissedCall,
    AskForRelays,
    Challenge,
    ChangeName,
    ChangePolicy,
    ChangeSetting,
    ClientMessage,
    CreateInvite,
    Done,
    Enrol,
    Failed,
    Hello,
    InviteCreated,
    LeaveMissedCall,
    LinkDevice,
    ListPeople,
    Login,
    Lookup,
    MalformedMessage,
    People,
    Presence,
    RemoveDevice,
    Send,
    ServiceMessage,
    SetPresence,
    Undeliverable,
    Welcome,
)

MOST_MALFORMED = 20
MOST_OVER_LIMIT = 500
MOST_UNREAD = 512
MOST_LOOKUPS = 8
NONCE_BYTES = 32
LONGEST_DETAIL = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that connections need, the same for all of them."""

    organisation: Organisation
    pin: bytes
    accounts: Accounts
    enrolment: Enrolment
    online: OnlineDevices
    directory: Directory
    router: Router
    missed_calls: MissedCalls
    administration: Administration
    relays: RelayAccess
    on_demand: OnDemandAccounts | None
    device_limit: TokenBuckets
    address_limit: TokenBuckets
    change_limit: TokenBuckets
    wall_clock: Callable[[], float]


class Connection:
    """The state of one client's connection.

    Attributes:
        presence: what the person told last on this device.
        ended: nothing more is read or sent but what `next_outgoing` still gives.
    """

    def __init__(self, desk: Desk, address: str, abort: Callable[[], None]) -> None:
        """Begin.

        Args:
            desk: what connections share.
            address: network address of the client, for its limit.
            abort: closes the socket at once, for a client that does not read.
        """
        self.presence: Presence = "free"
        self.ended = False
        self._desk = desk
        self._address = address
        self._abort = abort
        self._nonce: bytes | None = None
        self._member: LoginRecord | None = None
        self._malformed = 0
        self._over_limit = 0
        self._outgoing: asyncio.Queue[ServiceMessage | None] = asyncio.Queue()
        self._lookups: set[asyncio.Task[None]] = set()

    @property
    def is_member(self) -> bool:
        """Whether the client has logged in."""
        return self._member is not None

    @property
    def account(self) -> str:
        """Account of the member, "" before the login."""
        return self._member.account if self._member else ""

    @property
    def device(self) -> str:
        """Device of the member, "" before the login."""
        return self._member.device if self._member else ""

    def put(self, message: ServiceMessage) -> None:
        """Send a message without waiting for the client."""
        if self.ended:
            return
        if self._outgoing.qsize() >= MOST_UNREAD:
            self.finish()
            self._abort()
            return
        self._outgoing.put_nowait(message)

    def end(self, reason: Refused) -> None:
        """Say why and close."""
        self.put(Failed(reason.code, str(reason)))
        self.finish()

    def finish(self) -> None:
        """Close when what waits is written."""
        if not self.ended:
            self.ended = True
            self._outgoing.put_nowait(None)

    async def next_outgoing(self) -> ServiceMessage | None:
        """Wait for the next message to write; None: close the socket."""
        return await self._outgoing.get()

    async def closed(self) -> None:
        """Clean up after the socket is gone."""
        self.finish()
        for lookup in self._lookups:
            lookup.cancel()
        await asyncio.gather(*self._lookups, return_exceptions=True)
        self._desk.directory.leave(self)
        if self._member and self._desk.online.detach(self):
            log.info("device offline", online=len(self._desk.online.everybody()))
            with contextlib.suppress(LocalFault):
                await self._desk.directory.announce_presence(self._member.account)

    async def receive(self, frame: bytes) -> None:
        """Handle a frame; every fault becomes an answer."""
        request = 0
        try:
            message = _decode(frame)
            request = getattr(message, "request", 0)
            await self._handle(message)
        except Refused as refused:
            self.refuse(refused, request)
        except LocalFault as fault:
            log.error("request failed", fault=type(fault).__name__)
            self.refuse(_refusal(fault), request)
        except Exception as error:
            # Without the error's text, which may hold what people sent.
            log.error("defect", error=type(error).__name__, where=_where(error))
            self.refuse(Unavailable(), request)

    def refuse(self, refused: Refused, request: int = 0) -> None:
        """Answer that something is not done; too often, and the connection ends."""
        if not self.is_member:
            self._desk.address_limit.punish(self._address, FAILURE_COST)
        detail = clean(str(refused), LONGEST_DETAIL)
        self.put(Failed(refused.code, detail, request, refused.time))
        self._malformed += isinstance(refused, Malformed | TooLarge)
        self._over_limit += isinstance(refused, TooMany)
        if (
            self._malformed >= MOST_MALFORMED
            or self._over_limit >= MOST_OVER_LIMIT
            or isinstance(refused, WrongVersion)
        ):
            self.finish()

    async def _handle(self, message: ClientMessage) -> None:
        if self._member is not None:
            if not self._desk.device_limit.take(self._member.device):
                self._over_device_limit(message)
                return
            await self._handle_member(message, self._member)
            return
        if not self._desk.address_limit.take(self._address):
            raise TooMany
        await self._handle_stranger(message)

    def _over_device_limit(self, message: ClientMessage) -> None:
        if not isinstance(message, Send):
            raise TooMany
        self._over_limit += 1
        self.put(
            Undeliverable(
                message.call, message.sequence, message.to_account, message.to_device, "rate"
            )
        )
        if self._over_limit >= MOST_OVER_LIMIT:
            self.finish()

    async def _handle_stranger(self, message: ClientMessage) -> None:
        match message:
            case Hello():
                self._greet(message)
            case Enrol() | Login() if self._nonce is None:
                raise NotAllowed("Say hello first.")
            case Login():
                await self._log_in(message)
            case Enrol():
                await self._enrol(message)
            case _:
                raise NotAllowed("Log in first.")

    def _greet(self, hello: Hello) -> None:
        if hello.version != VERSION:
            raise WrongVersion
        self._nonce = secrets.token_bytes(NONCE_BYTES)
        organisation = self._desk.organisation
        self.put(Challenge(VERSION, organisation.id, organisation.name, self._nonce))

    async def _log_in(self, login: Login) -> None:
        assert self._nonce is not None
        nonce, self._nonce = self._nonce, None
        record = await check_login(
            self._desk.accounts,
            login,
            organisation=self._desk.organisation.id,
            nonce=nonce,
            pin=self._desk.pin,
            now=int(self._desk.wall_clock()),
        )
        await self._admit(record)

    async def _enrol(self, message: Enrol) -> None:
        enrolled: Enrolled = await self._desk.enrolment.enrol(message)
        for device in enrolled.revoked:
            self._desk.administration.turn_out(device)
        # Enrolling is not being here: the device logs in on a connection that it means to keep.
        await self._desk.directory.announce(enrolled.record.account, joined=enrolled.joined)
        self._welcome(enrolled.record)
        self.finish()

    async def _admit(self, record: LoginRecord) -> None:
        if self.ended:
            return  # the client went away while the database was read
        self._nonce, self._member = None, record
        self._welcome(record)
        self._desk.online.attach(self)
        self._desk.directory.admit(self)
        log.info("device online", online=len(self._desk.online.everybody()))
        await self._desk.directory.announce_presence(record.account)
        await self._desk.missed_calls.tell(self)

    def _welcome(self, record: LoginRecord) -> None:
        self.put(
            Welcome(
                record.account,
                record.name,
                record.role,
                self._desk.administration.policy(),
                record.setting,
                int(self._desk.wall_clock()),
            )
        )

    async def _handle_member(self, message: ClientMessage, member: LoginRecord) -> None:
        match message:
            case Send():
                _check_call(message.call)
                await self._desk.router.send(self, message)
            case Acknowledge():
                _check_call(message.call)
                self._desk.router.acknowledge(self, message)
            case SetPresence():
                if message.presence != self.presence:
                    self.presence = message.presence
                    await self._desk.directory.announce_presence(member.account)
            case LeaveMissedCall():
                _check_call(message.call)
                await self._desk.missed_calls.leave(self, message)
                self.put(Done(message.request))
            case AcknowledgeMissedCall():
                await self._desk.missed_calls.told(self, message)
            case Hello() | Enrol() | Login():
                raise Malformed("This connection is logged in already.")
            case _:
                await self._answer(message, member)

    async def _answer(
        self,
        message: Lookup
        | ListPeople
        | ChangeSetting
        | ChangeName
        | ChangePolicy
        | CreateInvite
        | LinkDevice
        | RemoveDevice
        | AskForRelays,
        member: LoginRecord,
    ) -> None:
        match message:
            case Lookup():
                await self._look_up(message)
            case ListPeople():
                found = await self._desk.directory.search(self, clean(message.text))
                self.put(People(message.request, found))
            case CreateInvite():
                require_administrator(member.role)
                issued = await self._desk.enrolment.invite(by=member.account)
                self.put(InviteCreated(message.request, issued.link, issued.expires))
            case LinkDevice():
                require_unlinked(member.linked_by)
                self._limit_changes(message, member)
                issued = await self._desk.enrolment.link(member.account, member.device)
                self.put(InviteCreated(message.request, issued.link, issued.expires))
            case AskForRelays():
                self.put(self._desk.relays.grant(message.request, self._desk.wall_clock()))
            case ChangeSetting() | ChangeName() | ChangePolicy() | RemoveDevice():
                await self._change(message, member)

    async def _change(
        self, message: ChangeSetting | ChangeName | ChangePolicy | RemoveDevice, member: LoginRecord
    ) -> None:
        administration, directory = self._desk.administration, self._desk.directory
        self._limit_changes(message, member)
        match message:
            case ChangeSetting():
                await administration.change_setting(self, message.e2ee_calls)
            case ChangeName():
                if await administration.rename(self, shown_name(message.name)):
                    await directory.announce(member.account)
            case ChangePolicy():
                await administration.change_policy(member.account, member.role, message)
            case RemoveDevice():
                await administration.revoke_device(self, message.device)
                await directory.announce(member.account)
        self.put(Done(message.request))
        if isinstance(message, RemoveDevice):
            administration.turn_out(message.device)

    def _limit_changes(self, message: ClientMessage, member: LoginRecord) -> None:
        """Raise `TooMany` where a member makes the audit grow by changing to and fro."""
        free = isinstance(message, ChangePolicy | RemoveDevice)  # of administrators; for safety
        if not free and not self._desk.change_limit.take(member.account):
            raise TooMany

    async def _look_up(self, message: Lookup) -> None:
        try:
            parse_account_id(message.account)
        except IdentifierError:
            self.put(People(message.request, ()))
            return
        on_demand = self._desk.on_demand
        if on_demand is None or message.account not in on_demand:
            await self._tell_person(message)
            return
        if len(self._lookups) >= MOST_LOOKUPS:
            raise TooMany
        lookup = asyncio.create_task(self._wake_and_tell(on_demand, message))
        self._lookups.add(lookup)
        lookup.add_done_callback(self._lookups.discard)

    async def _wake_and_tell(self, on_demand: OnDemandAccounts, message: Lookup) -> None:
        await on_demand.wake(message.account)
        try:
            await self._tell_person(message)
        except LocalFault as fault:
            self.refuse(_refusal(fault), message.request)

    async def _tell_person(self, message: Lookup) -> None:
        found = await self._desk.directory.look_up(self, message.account)
        self.put(People(message.request, found))


def _refusal(fault: LocalFault) -> Refused:
    """Return what a client is told of the service's own fault."""
    return StoreUnusable() if isinstance(fault, DatabaseUnusable) else Unavailable()


def _decode(frame: bytes) -> ClientMessage:
    if len(frame) > MESSAGE_BYTES:
        raise TooLarge(f"A message has at most {MESSAGE_BYTES} bytes.")
    try:
        return messages.decode_client(frame)
    except MalformedMessage as error:
        raise Malformed(str(error)) from error


def _check_call(call: str) -> None:
    try:
        parse_identifier(call)
    except IdentifierError as error:
        raise Malformed(str(error)) from error


def _where(error: BaseException) -> list[str]:
    """Return file and line of the innermost frames."""
    places: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('tui_call')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-5:]
