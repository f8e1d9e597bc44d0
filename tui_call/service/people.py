"""What members ask about other people, and tell of themselves."""

from collections import Counter

from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.identifiers import IdentifierError, parse_account_id
from tui_call.service.bus.bus import Bus
from tui_call.service.directory import Directory
from tui_call.service.enrolment import Enrolment
from tui_call.service.faults import TooMany, refusal
from tui_call.service.on_demand import OnDemandAccounts
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import (
    CreateInvite,
    Done,
    Failed,
    InviteCreated,
    ListPeople,
    Lookup,
    People,
    SetPresence,
    WatchPeople,
)
from tui_call.tasks import Tasks

MOST_LOOKUPS = 8
"""Of one device, that wait for an account to be started."""


class PeopleRequests:
    """Answers from the directory, and asks new people in."""

    def __init__(
        self,
        bus: Bus,
        directory: Directory,
        enrolment: Enrolment,
        on_demand: OnDemandAccounts | None,
    ) -> None:
        self._bus = bus
        self._directory = directory
        self._enrolment = enrolment
        self._on_demand = on_demand
        self._waking = Tasks()
        self._waits: Counter[str] = Counter()

    async def look_up(self, device: ClientSession, request: Lookup) -> None:
        """Tell one person with devices; an account that is started when called is started.

        Raises:
            TooMany: the device waits for many such accounts already.
        """
        try:
            parse_account_id(request.account)
        except IdentifierError:
            device.put(People(request.request, ()))
            return
        if self._on_demand is None or request.account not in self._on_demand:
            await self._tell(device, request)
        elif self._waits[device.device] >= MOST_LOOKUPS:
            raise TooMany
        else:
            self._waits[device.device] += 1
            self._waking.spawn(self._wake_and_tell(self._on_demand, device, request))

    async def search(self, device: ClientSession, request: ListPeople) -> None:
        """List those whose name or address holds a text."""
        text = clean(request.text)
        found, more = await self._directory.search(device, text, request.after, request.most)
        device.put(People(request.request, found, more))

    async def watch(self, device: ClientSession, request: WatchPeople) -> None:
        """Have a client told of whom it shows from now on, and of no others."""
        await self._directory.watch(device, request.accounts)
        device.put(Done(request.request))

    async def set_presence(self, device: ClientSession, message: SetPresence) -> None:
        """Let others know what a person says of the own presence."""
        if message.presence != device.presence:
            device.presence = message.presence
            self._bus.announce(device.announcement())

    async def invite(self, administrator: ClientSession, request: CreateInvite) -> None:
        """Make a one-time invite for a new person."""
        issued = await self._enrolment.invite(
            by=administrator.account, made_with=administrator.device
        )
        administrator.put(
            InviteCreated(request.request, issued.link, issued.expires, issued.opened)
        )

    async def close(self) -> None:
        """Wait for nothing more."""
        self._waking.cancel()
        await self._waking.wait()

    async def _wake_and_tell(
        self, on_demand: OnDemandAccounts, device: ClientSession, request: Lookup
    ) -> None:
        try:
            await on_demand.wake(request.account)
            await self._tell(device, request)
        except LocalFault as fault:
            refused = refusal(fault)
            device.put(Failed(refused.code, str(refused), request.request))
        finally:
            self._waits[device.device] -= 1
            if not self._waits[device.device]:
                del self._waits[device.device]

    async def _tell(self, device: ClientSession, request: Lookup) -> None:
        found = await self._directory.look_up(device, request.account)
        device.put(People(request.request, found))
