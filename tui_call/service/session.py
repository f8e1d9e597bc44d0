"""One client's connection: who it is, and what waits for it. Without a socket.

    new ──Hello──► greeted ──Login──► member ──► ended
     ▲                │
     └──── refused ───┘  the nonce is spent; another Hello gets another one

It decides nothing: `dispatch` reads what it sends, `login` makes it a member. It ends for another
version, for many malformed messages or too much before the login, when its device logs in elsewhere
or is revoked, and when the client asks without reading.
"""

from tui_call.service.arrivals import Arrival
from tui_call.service.bus.bus import Take
from tui_call.service.bus.traffic import Address, DevicePresence
from tui_call.service.database import LoginRecord
from tui_call.service.desk import AdministratorDesk
from tui_call.service.faults import Refused
from tui_call.service.limits import Replies
from tui_call.service.outgoing import Outgoing, Post
from tui_call.signaling.messages import (
    Failed,
    ServiceMessage,
)
from tui_call.signaling.vocabulary import Presence


class ClientSession:
    """The state of one client's connection.

    Attributes:
        arrival: what it comes through.
        client: the version that it said it was.
        nonce: what a login has to sign, None before `Hello` and after one try.
        member: who logged in, None before.
        login: when that was, Unix seconds by the store's clock.
        take: takes what the bus has for it, None before the login.
        presence: what the person told last on this device.
        replies: what it may send at no cost, because others have paid for it.
        paid: whether the client paid itself for the message that is handled now.
        malformed: how many messages were none.
        desk: what an administrator has before them, None before the first request.
        ended: nothing more is read or sent but what `next_outgoing` still gives.
    """

    __slots__ = (
        "_announced", "_outgoing", "arrival", "client", "desk", "ended", "login", "malformed",
        "member", "nonce", "paid", "presence", "replies", "take",
    )  # fmt: skip

    def __init__(self, arrival: Arrival) -> None:
        """Begin, as nobody yet."""
        self.arrival = arrival
        self.client = ""
        self.nonce: bytes | None = None
        self.member: LoginRecord | None = None
        self.login = 0.0
        self.take: Take | None = None
        self.presence: Presence = "free"
        self.replies = Replies()
        self.paid = False
        self.malformed = 0
        self.desk: AdministratorDesk | None = None
        self.ended = False
        self._announced = 0
        self._outgoing = Outgoing()

    @property
    def account(self) -> str:
        """Account of the member, "" before the login."""
        return self.member.account if self.member else ""

    @property
    def device(self) -> str:
        """Device of the member, "" before the login."""
        return self.member.device if self.member else ""

    @property
    def address(self) -> Address:
        """Where the bus finds it."""
        return Address(self.account, self.device)

    def announcement(self, *, gone: bool = False, goodbye: bool = False) -> DevicePresence:
        """Return what gateways are told of it next."""
        self._announced += 1
        presence = None if gone else self.presence
        account, device = self.address
        return DevicePresence(account, device, self.login, self._announced, presence, goodbye)

    def put(self, message: ServiceMessage) -> None:
        """Send a message without waiting for the client."""
        if not self.ended and not self._outgoing.put(message):
            self.finish()
            self.arrival.cut()

    def post(self, message: Post) -> bool:
        """Send what comes from another device; False where its account has no place for more."""
        return self.ended or self._outgoing.post(message)

    def end(self, reason: Refused) -> None:
        """Say why and close."""
        self.put(Failed(reason.code, str(reason), disabled_by=reason.disabled_by))
        self.finish()

    def finish(self) -> None:
        """Close when what waits is written."""
        if not self.ended:
            self.ended = True
            self._outgoing.close()
            self.arrival.leave()

    async def next_outgoing(self) -> ServiceMessage | None:
        """Wait for the next message to write; None: close the socket."""
        return await self._outgoing.next()
