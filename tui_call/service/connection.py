"""One client: who it is and what it may ask. Without a socket: frames in, messages out.

    new ──Hello──► greeted ──Login──► member ──► ended
     ▲                │
     └──── refused ───┘  the nonce is spent; another Hello gets another one

Whatever a client sends, the answer is a message. The connection ends for another version, for
many malformed messages or too much before the login, when its device logs in elsewhere or is
revoked, and when the client asks without reading. Beyond the limit of its device it is told so, and
read no faster than the limit. What others send takes nothing of that.
"""

import asyncio
import contextlib
import secrets

import structlog

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.identifiers import IdentifierError, parse_account_id, parse_identifier
from tui_call.service.arrivals import Arrival
from tui_call.service.context import ServiceContext
from tui_call.service.database import EnrolledDevice, LoginRecord
from tui_call.service.faults import (
    Malformed,
    NotAllowed,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    WrongVersion,
    refusal,
)
from tui_call.service.limits import BYTES_OF_TOKEN, FAILURE_COST, SEARCH_COST, Replies
from tui_call.service.login import check_login
from tui_call.service.on_demand import OnDemandAccounts
from tui_call.service.outgoing import Outgoing, Post
from tui_call.service.requests import answer
from tui_call.service.routing import undeliverable
from tui_call.signaling import messages
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    VERSION,
    Acknowledge,
    AcknowledgeMissedCall,
    Challenge,
    ClientMessage,
    Done,
    Enrol,
    Failed,
    Hello,
    LeaveMissedCall,
    ListPeople,
    Login,
    Lookup,
    MalformedMessage,
    People,
    Presence,
    Send,
    ServiceMessage,
    SetPresence,
    Welcome,
)
from tui_call.tasks import Tasks

MOST_MALFORMED = 20
OVER_LIMIT_PAUSE = 0.02
"""Seconds for each frame over the limit: they are read as fast as tokens come back."""
# A message somewhat too large gets an answer; only a much larger one ends the connection.
LARGEST_FRAME = 2 * MESSAGE_BYTES
MOST_LOOKUPS = 8
NONCE_BYTES = 32
LONGEST_DETAIL = 200

log = structlog.get_logger()


class Connection:
    """The state of one client's connection.

    Attributes:
        presence: what the person told last on this device.
        ended: nothing more is read or sent but what `next_outgoing` still gives.
    """

    def __init__(self, service: ServiceContext, arrival: Arrival) -> None:
        """Begin.

        Args:
            service: what connections share.
            arrival: what it comes through.
        """
        self.presence: Presence = "free"
        self.ended = False
        self._service = service
        self._arrival = arrival
        self._nonce: bytes | None = None
        self._member: LoginRecord | None = None
        self._malformed = 0
        self._replies = Replies()
        self._outgoing = Outgoing()
        self._lookups = Tasks()

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
        if not self.ended and not self._outgoing.put(message):
            self.finish()
            self._arrival.cut()

    def post(self, message: Post) -> bool:
        """Send what comes from another device; False where its account has no place for more."""
        return self.ended or self._outgoing.post(message)

    def grant_replies(self, device: str) -> None:
        """Let it answer a device, which has paid for that, at no cost."""
        self._replies.grant(device)

    def end(self, reason: Refused) -> None:
        """Say why and close."""
        self.put(Failed(reason.code, str(reason)))
        self.finish()

    def finish(self) -> None:
        """Close when what waits is written."""
        if not self.ended:
            self.ended = True
            self._outgoing.close()
            self._arrival.leave()

    async def next_outgoing(self) -> ServiceMessage | None:
        """Wait for the next message to write; None: close the socket."""
        return await self._outgoing.next()

    async def closed(self) -> None:
        """Clean up after the socket is gone."""
        self.finish()
        self._lookups.cancel()
        await self._lookups.wait()
        self._service.directory.leave(self)
        self._service.missed_calls.gone(self)
        if self._member and self._service.online.detach(self):
            log.info("device offline", online=len(self._service.online.everybody()))
            with contextlib.suppress(LocalFault):
                await self._service.directory.announce_presence(self._member.account)

    async def receive(self, frame: bytes | None) -> None:
        """Handle a text frame, None for another kind; every fault becomes an answer."""
        request = 0
        try:
            message = self._open(frame)
            request = getattr(message, "request", 0)
            await self._handle(message)
        except Refused as refused:
            self._refuse(refused, request)
            await self._slow_down(refused)
        except LocalFault as fault:
            log.error("request failed", fault=type(fault).__name__)
            self._refuse(refusal(fault), request)
        except Exception:
            log.exception("defect")
            self._refuse(Unavailable(), request)

    async def pay(self) -> bool:
        """Take what a frame costs that is no message; False where it gets no answer."""
        try:
            self._charge(None)
        except TooMany as refused:
            await self._slow_down(refused)
            return False
        return True

    def _open(self, frame: bytes | None) -> ClientMessage:
        try:
            return _decode(frame)
        except Refused:
            self._charge(None)
            raise

    def _charge(self, message: ClientMessage | None) -> bool:
        """Take what a frame costs; return whether the client paid for the message itself.

        Raises:
            TooMany: it cannot pay.
        """
        arrived = self._arrival.take_frame()
        if self._member is None:
            if not self._service.arrivals.pay(self._arrival):
                raise TooMany
            return True
        own = not self._is_reply(message)
        cost = SEARCH_COST if isinstance(message, ListPeople) else int(own)
        cost += arrived // BYTES_OF_TOKEN  # fragments of other messages count too
        if not self._service.device_limit.take(self._member.device, cost):
            raise TooMany
        return own

    def _is_reply(self, message: ClientMessage | None) -> bool:
        """Tell whether somebody else has paid for a message by causing it."""
        match message:
            case Acknowledge() | Send():
                return self._replies.spend(message.to_device)
            case AcknowledgeMissedCall():
                return self._service.missed_calls.expects(self, message)
            case _:
                return False

    async def _slow_down(self, refused: Refused) -> None:
        """Read no faster than the limit from a member that is over it; others have to leave."""
        if isinstance(refused, TooMany):
            if self._member is None:
                self.finish()
            await asyncio.sleep(OVER_LIMIT_PAUSE)

    def _refuse(self, refused: Refused, request: int = 0) -> None:
        """Answer that something is not done; too much nonsense, and the connection ends."""
        if self._member is None:
            self._service.arrivals.punish(self._arrival, FAILURE_COST)
        detail = clean(str(refused), LONGEST_DETAIL)
        self.put(Failed(refused.code, detail, request, refused.time))
        self._malformed += isinstance(refused, Malformed | TooLarge)
        if self._malformed >= MOST_MALFORMED or isinstance(refused, WrongVersion):
            self.finish()

    async def _handle(self, message: ClientMessage) -> None:
        try:
            paid = self._charge(message)
        except TooMany as refused:
            if self._member is None or not isinstance(message, Send):
                raise
            self.put(undeliverable(message, "rate"))
            await self._slow_down(refused)
            return
        if self._member is not None:
            await self._handle_member(message, self._member, paid=paid)
        else:
            await self._handle_stranger(message)

    async def _handle_stranger(self, message: ClientMessage) -> None:
        match message:
            case Hello():
                self._greet(message)
            case Enrol() | Login() if self._nonce is None:
                raise NotAllowed("hello")
            case Login():
                await self._log_in(message)
            case Enrol():
                await self._enrol(message)
            case _:
                raise NotAllowed("login")

    def _greet(self, hello: Hello) -> None:
        if hello.version != VERSION:
            raise WrongVersion
        self._nonce = secrets.token_bytes(NONCE_BYTES)
        organisation = self._service.organisation
        self.put(Challenge(VERSION, organisation.id, organisation.name, self._nonce))

    async def _log_in(self, login: Login) -> None:
        assert self._nonce is not None
        nonce, self._nonce = self._nonce, None
        record = await check_login(
            self._service.accounts,
            login,
            organisation=self._service.organisation.id,
            nonce=nonce,
            certificate=self._service.certificate,
            now=int(self._service.wall_clock()),
        )
        if not self._service.login_limit.take(record.device):
            raise TooMany
        await self._admit(record)

    async def _enrol(self, message: Enrol) -> None:
        enrolled: EnrolledDevice = await self._service.enrolment.enrol(message)
        for device in enrolled.revoked:
            self._service.administration.turn_out(device)
        # Enrolling is not being here: the device logs in on a connection that it means to keep.
        await self._service.directory.announce(enrolled.record.account, joined=enrolled.joined)
        self._welcome(enrolled.record)
        self.finish()

    async def _admit(self, record: LoginRecord) -> None:
        if self.ended:
            return  # the client went away while the database was read
        self._nonce, self._member = None, record
        self._service.arrivals.admit(self._arrival)
        self._welcome(record)
        self._service.online.attach(self)
        self._service.directory.admit(self)
        log.info("device online", online=len(self._service.online.everybody()))
        await self._service.directory.announce_presence(record.account)
        await self._service.missed_calls.arrived(self)
        await self._service.administration.turn_out_if_revoked(self)

    def _welcome(self, record: LoginRecord) -> None:
        self.put(
            Welcome(
                record.account,
                record.name,
                record.role,
                self._service.administration.policy(),
                record.setting,
                int(self._service.wall_clock()),
                (self._service.certificate.key,),
            )
        )

    async def _handle_member(
        self, message: ClientMessage, member: LoginRecord, *, paid: bool
    ) -> None:
        match message:
            case Send():
                _check_call(message.call)
                receiver = self._service.online.find(message.to_device)
                if paid and receiver is not None:
                    receiver.grant_replies(member.device)
                await self._service.router.send(self, message)
            case Acknowledge():
                _check_call(message.call)
                self._service.router.acknowledge(self, message)
            case SetPresence():
                if message.presence != self.presence:
                    self.presence = message.presence
                    await self._service.directory.announce_presence(member.account)
            case LeaveMissedCall():
                _check_call(message.call)
                await self._service.missed_calls.leave(self, message)
                self.put(Done(message.request))
            case AcknowledgeMissedCall():
                await self._service.missed_calls.acknowledged(self, message)
            case Hello() | Enrol() | Login():
                raise Malformed("logged in")
            case Lookup():
                await self._look_up(message)
            case _:
                await answer(self._service, self, member, message)

    async def _look_up(self, message: Lookup) -> None:
        try:
            parse_account_id(message.account)
        except IdentifierError:
            self.put(People(message.request, ()))
            return
        on_demand = self._service.on_demand
        if on_demand is None or message.account not in on_demand:
            await self._tell_person(message)
            return
        if self._lookups.running >= MOST_LOOKUPS:
            raise TooMany
        self._lookups.spawn(self._wake_and_tell(on_demand, message))

    async def _wake_and_tell(self, on_demand: OnDemandAccounts, message: Lookup) -> None:
        await on_demand.wake(message.account)
        try:
            await self._tell_person(message)
        except LocalFault as fault:
            self._refuse(refusal(fault), message.request)

    async def _tell_person(self, message: Lookup) -> None:
        found = await self._service.directory.look_up(self, message.account)
        self.put(People(message.request, found))


def _decode(frame: bytes | None) -> ClientMessage:
    if frame is None:
        raise Malformed("text")
    if len(frame) > MESSAGE_BYTES:
        raise TooLarge(n=MESSAGE_BYTES)
    try:
        return messages.decode_client(frame)
    except MalformedMessage as error:
        raise Malformed(error.sentence) from error


def _check_call(call: str) -> None:
    try:
        parse_identifier(call)
    except IdentifierError as error:
        raise Malformed(error.sentence) from error
