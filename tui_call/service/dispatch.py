"""What becomes of a frame: who may send such a message, what it costs, and who answers it.

Whatever a client sends, the answer is a message. What stands in no rule is refused, and so is what
its rule does not let a client of this role ask. Beyond the limit of its device a client is told so,
and read no faster than the limit. What others send takes nothing of that.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.service.admission import AdmissionControl
from tui_call.service.database import Accounts
from tui_call.service.faults import (
    AccountDisabled,
    ClientTooOld,
    DeviceRevoked,
    Malformed,
    NotAllowed,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    WrongVersion,
    refusal,
)
from tui_call.service.limits import BYTES_OF_TOKEN, FAILURE_COST, SEARCH_COST, TokenBuckets
from tui_call.service.routing import undeliverable
from tui_call.service.session import ClientSession
from tui_call.signaling import messages
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    Acknowledge,
    ClientMessage,
    Enrol,
    Failed,
    Login,
    MalformedMessage,
    Send,
    WatchPeople,
)

MOST_MALFORMED = 20
OVER_LIMIT_PAUSE = 0.02
"""Seconds for each frame over the limit: they are read as fast as tokens come back."""
# A message somewhat too large gets an answer; only a much larger one ends the connection.
LARGEST_FRAME = 2 * MESSAGE_BYTES
LONGEST_DETAIL = 200
PEOPLE_OF_TOKEN = 20
"""People whom a message names, beside its own token."""

Needs = Literal["stranger", "member", "auditor", "admin"]
"""Who may send a message: who has not logged in, any member, who may read all, who may change it.

An administrator may do what an auditor may, and both are members.
"""
_ROLES = {"auditor": ("auditor", "admin"), "admin": ("admin",)}

_FINAL = (WrongVersion, DeviceRevoked)
"""After these, nothing more is to be said."""
_PROVEN = (AccountDisabled, ClientTooOld)
"""Said to members alone, whose devices pay for it: their office is one address, and may log in."""

_Message = TypeVar("_Message", bound=ClientMessage)

log = logging.getLogger(__name__)


def costs_one(_session: ClientSession, _message: ClientMessage) -> int:
    """Let a message cost its sender one token."""
    return 1


def costs_search(_session: ClientSession, _message: ClientMessage) -> int:
    """Let a message cost what looking through all people does."""
    return SEARCH_COST


def costs_by_number(_session: ClientSession, message: WatchPeople) -> int:
    """Let a message cost by how many people it names."""
    return 1 + len(message.accounts) // PEOPLE_OF_TOKEN


def costs_unless_reply(session: ClientSession, message: Send | Acknowledge) -> int:
    """Let a message cost nothing where its receiver has paid for it."""
    return int(not session.replies.spend(message.to_device))


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one kind of message.

    Attributes:
        needs: who may send it; a function where that depends on what stands in it.
        handle: does what it asks, and answers; raises a `Refused` that says why not.
        cost: tokens beside those for its size; 0 where somebody else has paid by causing it.
    """

    needs: Needs | Callable[[Any], Needs]
    handle: Callable[[ClientSession, Any], Awaitable[None]]
    cost: Callable[[ClientSession, Any], int]


class Registry:
    """The rules, by kind of message; a kind without one is refused."""

    def __init__(self) -> None:
        self._rules: dict[type[ClientMessage], Rule] = {}

    def allow(
        self,
        kind: type[_Message],
        needs: Needs | Callable[[_Message], Needs],
        handle: Callable[[ClientSession, _Message], Awaitable[None]],
        cost: Callable[[ClientSession, _Message], int] = costs_one,
    ) -> None:
        """Add the rule of a kind of message, as `Rule` says."""
        assert kind not in self._rules
        self._rules[kind] = Rule(needs, handle, cost)

    def find(self, message: ClientMessage) -> Rule | None:
        """Return what holds for a message, None where nobody may send it."""
        return self._rules.get(type(message))


class RequestDispatch:
    """Takes the frames of all clients."""

    def __init__(
        self,
        registry: Registry,
        accounts: Accounts,
        arrivals: AdmissionControl,
        device_limit: TokenBuckets,
    ) -> None:
        """Prepare.

        Args:
            registry: who answers what.
            accounts: says who is what now.
            arrivals: lets strangers pay.
            device_limit: what a device may send.
        """
        self._registry = registry
        self._accounts = accounts
        self._arrivals = arrivals
        self._device_limit = device_limit

    async def receive(self, session: ClientSession, frame: bytes | None) -> None:
        """Handle a text frame, None for another kind; every fault becomes an answer."""
        request = 0
        try:
            message = self._open(session, frame)
            request = getattr(message, "request", 0)
            await self._handle(session, message)
        except Refused as refused:
            self._refuse(session, refused, request)
            await _slow_down(session, refused)
        except LocalFault as fault:
            log.error("request failed", {"fault": type(fault).__name__})
            self._refuse(session, refusal(fault), request)
        except Exception:
            log.exception("defect")
            self._refuse(session, Unavailable(), request)

    async def pay(self, session: ClientSession) -> bool:
        """Take what a frame costs that is no message; False where it gets no answer."""
        try:
            self._charge(session, 1)
        except TooMany as refused:
            await _slow_down(session, refused)
            return False
        return True

    def _open(self, session: ClientSession, frame: bytes | None) -> ClientMessage:
        try:
            return _decode(frame)
        except Refused:
            self._charge(session, 1)
            raise

    async def _handle(self, session: ClientSession, message: ClientMessage) -> None:
        rule = self._registry.find(message)
        cost = rule.cost(session, message) if rule is not None else 1
        try:
            self._charge(session, cost)
        except TooMany as refused:
            if session.member is None or not isinstance(message, Send):
                raise
            session.put(undeliverable(message, "rate"))
            await _slow_down(session, refused)
            return
        session.paid = bool(cost)
        if rule is None:
            raise NotAllowed
        await self._permit(session, rule, message)
        await rule.handle(session, message)

    def _charge(self, session: ClientSession, cost: int) -> None:
        """Take what a frame costs.

        Raises:
            TooMany: the client cannot pay.
        """
        arrived = session.arrival.take_frame()
        if session.member is None:
            paid = self._arrivals.pay(session.arrival)
        else:
            cost += arrived // BYTES_OF_TOKEN  # fragments of other messages count too
            paid = self._device_limit.take(session.member.device, cost)
        if not paid:
            raise TooMany

    async def _permit(self, session: ClientSession, rule: Rule, message: ClientMessage) -> None:
        """Raise `Refused` for who may not send a message, by the role that the account has now."""
        needs = rule.needs(message) if callable(rule.needs) else rule.needs
        if session.member is None:
            if needs != "stranger":
                raise NotAllowed("login")
            if session.nonce is None and isinstance(message, Enrol | Login):
                raise NotAllowed("hello")
        elif needs == "stranger":
            raise Malformed("logged in")
        elif needs != "member":
            known = await self._accounts.login(session.member.device)
            if known is None or known.revoked:
                raise DeviceRevoked
            if known.disabled or known.role not in _ROLES[needs]:
                raise NotAllowed

    def _refuse(self, session: ClientSession, refused: Refused, request: int = 0) -> None:
        """Answer that something is not done; too much nonsense, and the connection ends."""
        if isinstance(refused, _PROVEN):
            self._arrivals.give_back(session.arrival)
        elif session.member is None:
            self._arrivals.punish(session.arrival, FAILURE_COST)
        detail = clean(str(refused), LONGEST_DETAIL)
        session.put(
            Failed(
                refused.code,
                detail,
                request,
                refused.time,
                refused.min_client,
                refused.disabled_by,
            )
        )
        session.malformed += isinstance(refused, Malformed | TooLarge)
        if session.malformed >= MOST_MALFORMED or isinstance(refused, _FINAL):
            session.finish()


async def _slow_down(session: ClientSession, refused: Refused) -> None:
    """Read no faster than the limit from a member that is over it; others have to leave."""
    if isinstance(refused, TooMany):
        if session.member is None:
            session.finish()
        await asyncio.sleep(OVER_LIMIT_PAUSE)


def _decode(frame: bytes | None) -> ClientMessage:
    if frame is None:
        raise Malformed("text")
    if len(frame) > MESSAGE_BYTES:
        raise TooLarge(n=MESSAGE_BYTES)
    try:
        return messages.decode_client(frame)
    except MalformedMessage as error:
        raise Malformed(error.sentence) from error
