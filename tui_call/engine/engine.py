"""A person's engine as the process sees it: it begins, it is asked how it stands, it ends."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from tui_call.control.server import ControlServer
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.profile_writer import ProfileWriter
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_watch import CallWatch
from tui_call.engine.changes import Changes
from tui_call.engine.control_handler import ControlHandler
from tui_call.engine.devices.own_devices import OwnDevices
from tui_call.engine.directory import KnownPeople
from tui_call.engine.ending import Ending
from tui_call.engine.media.path_settings import PathSettings
from tui_call.engine.news.service_news import ServiceNews
from tui_call.engine.notices import Notices
from tui_call.engine.own_clock import OwnClock
from tui_call.engine.periodic import PeriodicWork
from tui_call.engine.service.belonging import Belonging
from tui_call.engine.service.membership import ServiceMembership
from tui_call.engine.service.network_watch import NetworkWatch
from tui_call.engine.service.postbox import Postbox
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.settings import Settings
from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.sound import Sound
from tui_call.engine.unlocking import Unlocking
from tui_call.profile.profile import Profile
from tui_call.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Engine:
    """What `root.build` has put together; no part of it knows it."""

    profile: Profile
    configuration: Configuration
    ending: Ending
    clock: OwnClock
    changes: Changes
    notices: Notices
    writer: ProfileWriter
    account: OwnAccount
    rights: Rights
    people: KnownPeople
    membership: ServiceMembership
    postbox: Postbox
    relays: ServiceRelays
    path_settings: PathSettings
    network_watch: NetworkWatch
    sound: Sound
    devices: AudioDevices
    own_devices: OwnDevices
    calls: CallList
    call_watch: CallWatch
    news: ServiceNews
    belonging: Belonging
    unlocking: Unlocking
    settings: Settings
    handler: ControlHandler
    server: ControlServer
    periodic: PeriodicWork
    tasks: Tasks

    async def start(self) -> None:
        """Listen for screens, and connect to the service if there is one."""
        self.settings.show_problems()
        await self.server.start()
        self.periodic.begin()
        self.tasks.spawn(self.devices.refresh())
        if self.unlocking.left_to_keyring:
            self.tasks.spawn(self.unlocking.ask_keyring())
        await self.belonging.connect()

    async def close(self) -> None:
        """Hang up, tell screens and service good-bye; what fails keeps nothing else open."""
        async with AsyncExitStack() as last_to_first:
            last_to_first.callback(self.profile.close)
            last_to_first.push_async_callback(self.server.close, told=self.ending.ordered)
            last_to_first.push_async_callback(self.writer.close)
            last_to_first.callback(self.changes.settle)
            last_to_first.push_async_callback(self.membership.disconnect)
            last_to_first.push_async_callback(self.call_watch.close)
            last_to_first.callback(self.network_watch.close)
            last_to_first.callback(self.tasks.cancel)
