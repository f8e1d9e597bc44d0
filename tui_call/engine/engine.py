"""The engine put together: what it knows, what it shows, and what happens to it.

Everything runs in one event loop; only the audio thread is another one. A part of the snapshot is
made anew when something in it changed, and sent to every screen. What people order is in
`actions`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from tui_call.config.ice_server import parse_ice_server
from tui_call.config.paths import ProfilePaths
from tui_call.config.schema import ClientConfig
from tui_call.control.actions import Action
from tui_call.control.lines import Meters as MetersMessage
from tui_call.control.pace import until_next
from tui_call.control.server import ControlServer
from tui_call.control.views import DevicesView, EventView, Part, Presence, SentenceView, Snapshot
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.keeping import Keeper, apart
from tui_call.engine.account.own_devices import OwnDevices
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_reports import CallReports
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.focus import CallSound
from tui_call.engine.calls.incoming import IncomingCalls
from tui_call.engine.calls.leaving_word import leave_word
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.past_calls import write_down
from tui_call.engine.calls.switchboard import Switchboard
from tui_call.engine.changes import Changes
from tui_call.engine.directory import People
from tui_call.engine.media.paths import Network
from tui_call.engine.presentation import Presentation
from tui_call.engine.service.faults import ServiceAway
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.network_watch import IDLE_INTERVAL, LOOK_INTERVAL, NetworkWatch
from tui_call.engine.service.news import ServiceNews
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.sound.audio_settings import sound_problem
from tui_call.engine.sound.sound import Sound
from tui_call.engine.tasks import Tasks
from tui_call.engine.views.sentences import ANOTHER_DEVICE
from tui_call.engine.views.statistics import statistics_of
from tui_call.errors import LocalFault
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.gate import PlatformFacts
from tui_call.profile.contacts import Contacts
from tui_call.profile.history import History
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.profile.profile import Membership, Profile
from tui_call.reasons import LEAVES_WORD, EndReason
from tui_call.sentences import Sentence
from tui_call.signaling import messages as signaling
from tui_call.transport.impairment import Impairment
from tui_call.voice.devices.port import DeviceEvent

log = structlog.get_logger()

MOST_NOTICES = 100
CONFIG_LABEL = "config"
"""How sentences.txt labels what is wrong in the configuration."""
METERS_INTERVAL = 1 / 12

_MISSED = (
    EndReason.CANCELLED,
    EndReason.NO_ANSWER,
    EndReason.BUSY,
    EndReason.DO_NOT_DISTURB,
)
_NOT_SAVED = "What was learnt cannot be saved; the engine's log says why."


class Engine:
    """One person's engine; implements `Handler`, `Desk` and `Household`."""

    def __init__(
        self,
        paths: ProfilePaths,
        profile: Profile,
        server_at: Callable[["Engine"], ControlServer],
        impairment: Impairment | None,
        act: Callable[["Engine", Action], Any],
    ) -> None:
        self.paths = paths
        self.profile = profile
        self.keeper = Keeper(profile, self._written)
        self.configuration = Configuration(paths)
        self.rights = Rights()
        self.people = People()
        self.own_devices = OwnDevices(self)
        self.sound = Sound(self.config.audio, self._device_changed)
        self.presentation = Presentation(self)
        self.news = ServiceNews(self)
        self.membership = ServiceMembership(paths, self.news.take, self.news.link_changed)
        self.postbox = Postbox(self._transmit)
        self.tasks = Tasks()
        self.calls = CallList()
        tasks, call_sound = Tasks(), CallSound(self.calls, self, self.sound)
        self.manager = CallManager(self.calls, self, self.sound, call_sound, self.postbox, tasks)
        reports = CallReports(self.calls, self.manager, self, self.sound, call_sound, tasks)
        self.switchboard = Switchboard(
            self.calls, self.manager, reports, self, self.sound, call_sound, self.postbox, tasks
        )
        self.incoming = IncomingCalls(
            self, self.calls, self.manager, self.switchboard, self.postbox
        )
        self.server = server_at(self)
        self.changes = Changes(self.keeper, self.server, self.presentation.makers)
        self.network_watch = NetworkWatch()
        self.service_relays = ServiceRelays()
        self.presence: Presence = "free"
        self.presence_until = 0.0
        self.stopping = asyncio.Event()
        self.failure: LocalFault | None = None
        self.asks_keyring = False
        self.organisation_name = ""
        self.role: str = "member"
        self.devices = DevicesView()
        self._act = act
        self._impairment = impairment
        self._strangers = Contacts()
        self._no_history = History()
        self.notices: list[EventView] = []
        self.welcomed = asyncio.Event()
        self.belonging = asyncio.Lock()
        self._save_failed = False
        self._told_presence = ""
        self._was_relay_only = False

    # Life

    async def start(self) -> None:
        """Listen for screens, and connect to the service if there is one."""
        self._show_problems()
        await self.server.start()
        self.tasks.spawn(self._look_around())
        self.tasks.spawn(self._show_meters())
        self.tasks.spawn(self.refresh_devices())
        if self.profile.state == "locked" and self.profile.protection == "keyring":
            self.tasks.spawn(self._ask_keyring())
        await self.connect()

    async def _ask_keyring(self) -> None:
        """Open the profile with the system's keyring, which may ask the person first."""
        self.asks_keyring = True
        try:
            async with self.belonging:
                await apart(self.profile.unlock)
                await self.connect()
        except KeyringUnavailable:
            log.info("keyring does not answer")
        except LocalFault as fault:
            self.failure = fault
            self.stopping.set()
        finally:
            self.asks_keyring = False
            self.publish("me")

    async def close(self) -> None:
        """Hang up, tell screens and service good-bye."""
        self.tasks.cancel()
        self.network_watch.close()
        await self.switchboard.close()
        await self.membership.disconnect()
        await self.changes.settled()
        await self.keeper.close()
        await self.server.close(told=self.stopping.is_set() and self.failure is None)
        self.profile.close()

    async def connect(self) -> None:
        """Connect to the service of the membership, if the identity is open and there is one."""
        membership = self.joined
        if membership is not None:
            if membership.organisation != self.rights.organisation:
                # Nothing that another service said of people, policy or setting holds here.
                self.people, self.rights = People(), Rights()
                self.service_relays = ServiceRelays()
            self.rights.organisation = membership.organisation
            self.welcomed.clear()
            await self.membership.connect(membership, self.profile.identity)
        self.publish("me", "service", "encryption", "people", "history")

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

    # What others here ask for (Desk, Household)

    @property
    def config(self) -> ClientConfig:
        """The configuration as it is now."""
        return self.configuration.current

    @property
    def joined(self) -> Membership | None:
        """The membership, None while there is none or the identity is locked."""
        return self.profile.membership if self.profile.state == "ready" else None

    @property
    def ready(self) -> bool:
        """Whether the identity is open, belongs to a service and can prove itself."""
        return self.joined is not None and not self.expired

    @property
    def expired(self) -> bool:
        """Whether this is a linked device whose credential is over."""
        joined = self.joined
        return joined is not None and not self.profile.identity.usable(joined.account, time.time())

    @property
    def own(self) -> OwnEncryption:
        """Encryption facts of this person now."""
        return self.rights.own(
            self.configuration.loaded,
            locked=self.profile.state == "locked",
            expired=self.expired,
        )

    @property
    def contacts(self) -> Contacts:
        """Who is known here."""
        return self.profile.contacts if self.profile.state == "ready" else self._strangers

    @property
    def history(self) -> History:
        """Past calls."""
        return self.profile.history if self.profile.state == "ready" else self._no_history

    @property
    def answers_invites_of(self) -> str:
        """Whose invites get an answer."""
        return self.config.e2ee.answer_invites

    @property
    def answers_by_itself(self) -> bool:
        """Whether every call is answered."""
        return self.config.engine.answer == "always"

    @property
    def rekey_interval(self) -> float:
        """Seconds from one rekey of a call to the next."""
        return float(self.config.e2ee.rekey_after_s)

    def network(self) -> Network:
        """Return how paths are made now, narrowed by the policy."""
        servers = tuple(map(parse_ice_server, self.config.network.ice_servers))
        if self.config.network.service_relays:
            servers += self.service_relays.servers(time.monotonic())
        return Network(servers, self.relay_only, self._impairment)

    @property
    def relay_only(self) -> bool:
        """Whether peers must not learn an address of this computer."""
        policy = self.rights.policy
        return self.config.network.relay_only or bool(policy and policy.relay_only)

    def platform_facts(self) -> PlatformFacts:
        """What the gate needs to know of this computer and the last screen."""
        return self.presentation.platform_facts()

    def identity(self) -> LocalIdentity:
        """Return credential and device key of a ready engine; CredentialOver where none holds."""
        assert self.joined is not None
        return self.profile.identity.local_identity(self.joined.account, time.time())

    def name_of(self, account: str) -> str:
        """Return a cleaned name for an account."""
        return self.people.name_of(account, self.contacts)

    def other_device(self) -> str:
        """Return the cleaned name of the person's other device, or words where it is not one."""
        return self.own_devices.other if self.joined else ANOTHER_DEVICE

    def save(self) -> None:
        """Keep what changed in the profile, and show it."""
        self.changes.save()
        self.publish("people")

    def doubt_service(self) -> None:
        """Connect to the service anew if it does not answer at once."""
        link = self.membership.link
        if link is not None:
            self.tasks.spawn(link.check())

    def notice(self, sentence: SentenceView) -> None:
        """Show something that happened outside the current call."""
        self.notices.append(EventView(time.time(), sentence))
        del self.notices[:-MOST_NOTICES]
        self.publish("notices")

    def show_call(self) -> None:
        """Show the current call, and be busy while it is on."""
        if write_down(self.history, self.calls.current):
            self.save()
        self.publish("calls")
        self.tell_presence()

    def call_over(self, record: CallState, reason: EndReason, words: Sentence) -> None:
        """Write the call down, and leave word of it where it was missed."""
        missed = record.direction == "incoming" and not record.answered and reason in _MISSED
        if not record.proven and record.direction == "incoming":
            self.incoming.not_proven(reason)
            return
        if missed and self.contacts.get(record.account).blocked:
            return
        self.history.add(record.past_call(reason, missed=missed))
        if record.direction == "outgoing" and reason in LEAVES_WORD:
            self.tasks.spawn(leave_word(self.membership.link, record, self.show_call))
        if missed and record is not self.calls.current:
            self.notice(words)
        self.save()
        self.publish("history")

    # What screens see (Handler)

    def snapshot(self) -> Snapshot:
        """Return the state as a screen shows it."""
        return self.presentation.snapshot()

    async def act(self, action: Action) -> Mapping[str, str | int | float]:
        """Carry out an action; what it changed is kept and shown before it is answered."""
        try:
            return await self._act(self, action)
        finally:
            await self.changes.settled()

    def publish(self, *parts: Part) -> None:
        """Send parts of the snapshot to every screen, once for all that happens now."""
        self.changes.show(*parts)

    def _written(self, fault: Exception | None) -> None:
        """Take what a write came to; where it failed, calls go on and the person is told, once."""
        if fault is not None:
            log.error("profile not saved", error=type(fault).__name__)
            if not self._save_failed:
                words = str(fault) if isinstance(fault, LocalFault) else _NOT_SAVED
                self.notice(SentenceView("PROFILE", "profile", words))
        self._save_failed = fault is not None

    # What happens

    def _device_changed(self, event: DeviceEvent) -> None:
        record = self.calls.on
        if record is not None:
            record.tell_of_device(event, any(found.input for found in self.devices.available))
        self.publish("calls")
        self.tasks.spawn(self.refresh_devices())

    async def refresh_devices(self) -> None:
        """Ask the system for its devices, and show them."""
        self.devices = await self.sound.devices()
        self.publish("devices")

    def forget_presence(self) -> None:
        """Tell the presence anew: a new connection knows nothing of it."""
        self._told_presence = ""
        self.tell_presence()

    def set_presence(self, presence: Presence, until: float) -> None:
        """Change the own presence, up to Unix seconds `until` if that is not 0."""
        self.presence, self.presence_until = presence, until
        self.tell_presence()
        self.publish("me")

    def tell_presence(self) -> None:
        """Tell the service whether this person is free."""
        presence = self.presence
        if self.calls.busy and presence == "free":
            presence = "busy"
        # Told once: a repetition would tell the service when people mute, hold or compare.
        if presence != self._told_presence and self._transmit(signaling.SetPresence(presence)):
            self._told_presence = presence

    def _transmit(self, message: signaling.ClientMessage) -> bool:
        link = self.membership.link
        return link is not None and link.send(message)

    # Time

    async def _look_around(self) -> None:
        """Do what is due each second, and in a call look at the network more often."""
        second = 0.0
        while True:
            await asyncio.sleep(until_next(LOOK_INTERVAL if self.calls.busy else IDLE_INTERVAL))
            _attempt(self._network)
            if time.monotonic() >= second:
                second = time.monotonic() + until_next(IDLE_INTERVAL)
                _attempt(self._second)

    async def _show_meters(self) -> None:
        """Show levels while there is sound."""
        while True:
            await self.sound.runs.wait()
            await asyncio.sleep(METERS_INTERVAL)
            _attempt(self._meters)

    def _second(self) -> None:
        self.switchboard.look_around()
        self.own_devices.look_around(time.monotonic())
        self.keeper.look_around(time.monotonic())
        link = self.membership.link
        if link is not None and self.service_relays.due(time.monotonic()):
            self.tasks.spawn(self.service_relays.ask(link))
        self._show_statistics()
        if self.presence_until and time.time() >= self.presence_until:
            self.set_presence("free", 0)
        if self.configuration.poll():
            self._configuration_changed()

    def _network(self) -> None:
        """Follow this computer into another network, with calls and the service."""
        self._follow_relay_only()
        stood = self.switchboard.clock.stood_still()
        if stood:
            log.info("stood still", seconds=round(stood))
            self.doubt_service()
            self.switchboard.woke(stood)
        if self.network_watch.changed():
            log.info("another network", connected=self.network_watch.picture.connected)
            self.membership.network_changed()
            self.switchboard.addresses_changed(connected=self.network_watch.picture.connected)

    def _follow_relay_only(self) -> None:
        """Take calls off paths that tell an address of this computer, once none may be told."""
        before, self._was_relay_only = self._was_relay_only, self.relay_only
        if self._was_relay_only and not before:
            self.switchboard.hide_addresses()

    def _configuration_changed(self) -> None:
        self._show_problems()
        if self.config.audio != self.sound.audio:
            self.tasks.spawn(self._follow_audio())
        self.publish("me", "encryption", "settings", "calls")

    def _show_problems(self) -> None:
        """Show what is wrong in the configuration now, in place of what was before."""
        was = [notice for notice in self.notices if notice.sentence.label == CONFIG_LABEL]
        self.notices = [notice for notice in self.notices if notice not in was]
        for problem in self.configuration.problems():
            self.notice(problem)
        if was:
            self.publish("notices")

    async def use_audio(self) -> None:
        """Go over to the devices that the configuration names."""
        await self.sound.use(self.config.audio)
        await self.refresh_devices()
        self.publish("settings")

    async def _follow_audio(self) -> None:
        """Follow a file that somebody edited; the old devices stay where that cannot be."""
        try:
            await self.use_audio()
        except LocalFault as fault:
            self.notice(sound_problem(fault))

    def _show_statistics(self) -> None:
        record = self.calls.current
        if record is None or record.ended:
            return
        figures = statistics_of(record, self.sound, self.switchboard.clock.now())
        if figures is not None:
            self.server.publish_latest(figures)
            self.publish("calls")

    def _meters(self) -> None:
        levels = self.sound.meters()
        if levels is None or not self.server.screens:
            return
        self.server.publish_latest(
            MetersMessage(
                round(levels.microphone, 1),
                round(levels.speaker, 1),
                levels.speaking,
                levels.peer_speaking,
            )
        )


def _attempt(work: Callable[[], None]) -> None:
    """Do what is done again and again, also after what nobody foresaw; that is logged."""
    try:
        work()
    except Exception:
        log.exception("periodic work failed", work=work.__name__)
