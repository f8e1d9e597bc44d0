"""Belonging to a service: the personal one of this machine, or a friend's by invite."""

import asyncio
import math
import platform as host_platform
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

import aiohttp

from tui_call.config.paths import ProfilePaths
from tui_call.control import launch
from tui_call.control.views import SentenceView, ServiceView
from tui_call.engine.service.enrolment import enrol
from tui_call.engine.service.faults import ClockDiffers, InviteUnknown, InviteUsed, ServiceAway
from tui_call.engine.service.link import LoginCredentials, ServiceLink
from tui_call.engine.service.link_state import LinkState
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.identifiers import parse_account_id, user_part_from_name
from tui_call.profile.identity import Identity
from tui_call.profile.profile import Membership
from tui_call.sentences import sentence
from tui_call.signaling.invite import InviteLink, parse_invite
from tui_call.signaling.messages import ClientMessage, ServiceMessage, Welcome
from tui_call.signaling.service_file import (
    ORGANISATION_FILE,
    NoServiceHere,
    RunningService,
    read_local_invite,
    read_running_service,
)
from tui_call.tasks import Tasks, attempt

if TYPE_CHECKING:
    from tui_call.control.processes import Process

PERSONAL_WITHIN = 60.0
"""Seconds for a service to come up, ours or one that another profile started: as for an engine."""
FAILED_WITHIN = 20.0
"""Seconds after ours failed for another one to come up."""
POLL = 0.05
ENROL_TRIES = 5
LOOK_INTERVAL = 0.25
RESTART_INTERVAL = 3.0
_LOOPBACK = ("127.0.0.1", "::1")
_MOST_DEVICE_NAME = 32
_MOST_WORDS = 200
_Shown = Literal["connecting", "online", "away", "refused"]
_SHOWN_STATES: dict[LinkState, _Shown] = {
    LinkState.CONNECTING: "connecting",
    LinkState.ONLINE: "online",
    LinkState.AWAY: "away",
    LinkState.BUSY: "away",
}


class PersonalServiceAway(LocalFault):
    """Your personal service did not start. Its log in the state directory says why."""


class ServiceMembership:
    """Starts the personal service where that is ours, enrols, and holds the link.

    Attributes:
        link: the connection, None before there is a membership.
        personal: whether the service is the one of this user and computer.
        start_fault: why the personal service ended as it was started, None where it did not.
        welcomed: set while the service has told policy and setting, and this device belongs to it.
        online_since: by the clock of calls, inf while there is no service.
    """

    def __init__(self, paths: ProfilePaths, now: Callable[[], float], tasks: Tasks) -> None:
        """Belong to nothing.

        Args:
            paths: of the profile.
            now: the clock of calls.
            tasks: own the connection; no others.
        """
        self.link: ServiceLink | None = None
        self.personal = False
        self.start_fault: PersonalServiceAway | None = None
        self.welcomed = asyncio.Event()
        self.online_since = math.inf
        self._paths = paths
        self._now = now
        self._joined: Membership | None = None
        self._state: LinkState = LinkState.CONNECTING
        self._away = asyncio.Event()
        self._take: Callable[[ServiceMessage], None] = _nobody_listens
        self._link_changed: Callable[[LinkState], None] = _nobody_listens
        self._tasks = tasks

    def listen(
        self,
        take: Callable[[ServiceMessage], None],
        link_changed: Callable[[LinkState], None],
    ) -> None:
        """Have `take` take what answers no request, and tell how the connection stands."""
        self._take, self._link_changed = take, link_changed

    def send(self, message: ClientMessage) -> bool:
        """Send a message; False where it cannot go out now."""
        return self.link is not None and self.link.send(message)

    async def request(
        self,
        make: Callable[[int], ClientMessage],
        timeout: float = 10.0,  # noqa: ASYNC109 - as the link's
    ) -> ServiceMessage:
        """Send a request and return its answer; see `ServiceLink.request`.

        Raises:
            ServiceFault: the service is away, or refused.
        """
        if self.link is None:
            raise ServiceAway
        return await self.link.request(make, timeout)

    def get(
        self, path: str, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Ask the service for something by HTTP; see `ServiceDoor.get`.

        Raises:
            ServiceAway: there is none.
        """
        if self.link is None:
            raise ServiceAway
        return self.link.get(path, headers)

    @property
    def owned(self) -> bool:
        """Whether the service is a personal one that the person here administers."""
        welcome = self.link.welcome if self.link is not None else None
        return welcome is not None and welcome.personal and welcome.role == "admin"

    @property
    def has_bridge(self) -> bool:
        """Whether the service said that standard calls can be made through it."""
        welcome = self.link.welcome if self.link is not None else None
        return welcome is not None and welcome.bridge

    @property
    def pins(self) -> tuple[bytes, ...]:
        """By what the service is known, () without one."""
        return self.link.pins if self.link is not None else ()

    async def online(self, within: float) -> None:
        """Wait until the service has told policy and setting.

        Raises:
            ServiceAway: it has not, in so many seconds.
        """
        try:
            async with asyncio.timeout(within):
                await self.welcomed.wait()
        except TimeoutError as error:
            raise ServiceAway from error

    def doubt(self) -> None:
        """Connect anew if the service does not answer at once."""
        if self.link is not None:
            self._tasks.spawn(self.link.check())

    def view(self) -> ServiceView:
        """Return how the connection stands, for screens."""
        joined, link = self._joined, self.link
        if joined is None or link is None:
            return ServiceView("none")
        state: _Shown = _SHOWN_STATES.get(link.state, "refused")
        return ServiceView(
            state,
            self.personal,
            f"{joined.host}:{joined.port}",
            self.problem,
            bridge=self.has_bridge,
        )

    @property
    def problem(self) -> SentenceView | None:
        """Why the service is not online, None where it is or is still being reached."""
        joined, link = self._joined, self.link
        if joined is None or link is None or link.fault is None:
            return None
        if link.state is LinkState.AWAY and self.start_fault is not None:
            return self.start_fault.sentence
        if isinstance(link.fault, ClockDiffers):
            return link.fault.sentence
        if link.state.sentence:
            return sentence(link.state.sentence, org=joined.organisation, ver="")
        return link.fault.sentence

    async def personal_invite(self) -> InviteLink:
        """Return an unused invite of this machine's personal service, started if need be.

        Raises:
            PersonalServiceAway: it did not come up within a minute.
        """
        await self._running_service()
        async with asyncio.timeout(PERSONAL_WITHIN):
            while True:
                try:
                    return parse_invite(read_local_invite(self._paths.service_state_directory))
                except (NoServiceHere, LocalFault):
                    await asyncio.sleep(POLL)

    async def enrol(self, invite_link: str, name: str, identity: Identity) -> Membership:
        """Spend an invite; "" takes one of the personal service.

        Two people who begin at once on one machine may take the same local invite: the one who
        comes second takes the next.

        Raises:
            InvalidInvite: the link is none.
            ServiceFault: the service is away, or refused.
        """
        for last in (*[False] * (ENROL_TRIES - 1), True):
            invite = parse_invite(invite_link) if invite_link else await self.personal_invite()
            try:
                return await self._enrol(invite, name, identity)
            except (InviteUsed, InviteUnknown):
                if invite_link or last:
                    raise
                await asyncio.sleep(POLL)
        raise self._did_not_start("")

    async def _enrol(self, invite: InviteLink, name: str, identity: Identity) -> Membership:
        enrolled = await enrol(
            invite.host,
            invite.port,
            invite.pin,
            invite.code,
            user=user_part_from_name(name),
            name=name,
            device_id=identity.device_id.hex(),
            device_name=clean(host_platform.node(), _MOST_DEVICE_NAME) or "device",
            login_key_public=identity.login_private.public_key().public_bytes_raw(),
            client_version=version("tui-call"),
        )
        return Membership(
            invite.host,
            invite.port,
            invite.pin,
            enrolled.organisation,
            parse_account_id(enrolled.welcome.account),
            name,
        )

    async def connect(self, membership: Membership, identity: Identity) -> None:
        """Keep a connection to the service; a personal one is started when it is away."""
        await self.disconnect()
        self._joined, self.personal = membership, self._is_ours(membership)
        self.link = ServiceLink(
            host=membership.host,
            port=membership.port,
            pins=membership.pins,
            credentials=LoginCredentials(
                membership.account, identity.device_id.hex(), identity.login_private
            ),
            on_message=self._heard,
            on_state=self._moved,
            client_version=version("tui-call"),
        )
        self._tasks.spawn(self.link.run())
        if self.personal:
            self._tasks.spawn(self._keep_personal_service(self.link))

    def network_changed(self) -> None:
        """Reach the service from the network that this computer is in now."""
        if self.link is not None:
            self.link.network_changed()

    async def disconnect(self) -> None:
        """Close the connection."""
        if self.link is not None:
            await self.link.close()
        self._tasks.cancel()
        await self._tasks.wait()
        self.link = None
        self.welcomed.clear()

    def _heard(self, message: ServiceMessage) -> None:
        if isinstance(message, Welcome):
            self.welcomed.set()
        try:
            self._take(message)
        except Exception as error:
            self._tasks.on_failure(type(message).__name__, error)
            raise

    def _moved(self, state: LinkState) -> None:
        if state is not self._state:
            self._state = state
            self.online_since = self._now() if state is LinkState.ONLINE else math.inf
        if state is LinkState.AWAY:
            self._away.set()
        else:
            self._away.clear()
        if state.needs_invite:
            self.welcomed.clear()
        # What fails there, such as hanging up, must not end the connection or its next try.
        attempt(self._tasks.on_failure, "link_changed", self._link_changed, state)

    def _is_ours(self, membership: Membership) -> bool:
        """Whether this user's own service on this machine is meant."""
        directory = self._paths.service_state_directory
        personal = directory.exists() and not (directory / ORGANISATION_FILE).exists()
        return membership.host in _LOOPBACK and personal

    async def _keep_personal_service(self, link: ServiceLink) -> None:
        """Start the personal service when it is away; one that cannot start is not hurried."""
        while True:
            await self._away.wait()
            before = self.start_fault
            self.start_fault = await self._start_again(link)
            if str(before) != str(self.start_fault):
                self._moved(link.state)

    async def _start_again(self, link: ServiceLink) -> PersonalServiceAway | None:
        """Start the personal service once; return why it is still away, None where it is not."""
        loop = asyncio.get_running_loop()
        again_at = loop.time() + RESTART_INTERVAL
        try:
            process = launch.start_personal_service()
        except LocalFault as fault:  # on a full disk, which may have room again
            await asyncio.sleep(RESTART_INTERVAL)
            return self._did_not_start(str(fault))
        reason = ""
        while link.state is LinkState.AWAY and (loop.time() < again_at or process.poll() is None):
            await asyncio.sleep(LOOK_INTERVAL)
            if process.poll() is not None:
                # Engines of other profiles start it too, and each of them empties what it said.
                reason = launch.why_no_personal_service() or reason
            link.retry_now()
        reason = launch.why_no_personal_service() or reason
        return self._did_not_start(reason) if link.state is LinkState.AWAY else None

    async def _running_service(self) -> RunningService:
        directory = self._paths.service_state_directory
        process, clock = launch.start_personal_service(), asyncio.get_running_loop().time
        began = clock()
        while clock() < began + (FAILED_WITHIN if _has_failed(process) else PERSONAL_WITHIN):
            # Ours ends at once where another runs; a file without a process is a leftover.
            ended = process.poll() is not None
            try:
                running = read_running_service(directory)
            except NoServiceHere:
                running = None
            if running is not None and (ended or running.process == process.pid):
                return running
            await asyncio.sleep(POLL)
        raise self._did_not_start(launch.why_no_personal_service())

    def _did_not_start(self, reason: str) -> PersonalServiceAway:
        if reason == launch.runs_already():
            return PersonalServiceAway("runs already")
        directory = self._paths.service_state_directory
        return PersonalServiceAway("why" if reason else "", reason=reason, path=directory)


def _nobody_listens(told: ServiceMessage | LinkState) -> None:
    """Let it go: nobody wants to know."""


def _has_failed(process: "Process") -> bool:
    """Tell whether a service ended for another reason than that one runs, or is starting."""
    ended = process.poll() is not None
    return ended and launch.why_no_personal_service() not in ("", launch.runs_already())
