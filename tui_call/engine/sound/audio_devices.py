"""The devices for sound: which there are, and that those in use are the ones that are wanted."""

from tui_call.control.views import DevicesView
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.changes import Changes
from tui_call.engine.notices import Notices
from tui_call.engine.sound.sound import Sound
from tui_call.errors import LocalFault
from tui_call.tasks import Tasks
from tui_call.voice.devices.port import DeviceEvent


class AudioDevices:
    """Those that the system has, and those in use.

    Attributes:
        view: as they were when the system was asked last.
    """

    def __init__(
        self,
        sound: Sound,
        configuration: Configuration,
        changes: Changes,
        notices: Notices,
        tasks: Tasks,
    ) -> None:
        self.view = DevicesView()
        self._sound = sound
        self._configuration = configuration
        self._changes = changes
        self._notices = notices
        self._tasks = tasks

    @property
    def inputs(self) -> bool:
        """Whether the system has a microphone."""
        return any(found.input for found in self.view.available)

    async def refresh(self) -> None:
        """Ask the system for its devices, and show them."""
        self.view = await self._sound.devices()
        self._changes.show("devices")

    def changed(self, event: DeviceEvent) -> None:
        """Show that one was lost or found."""
        del event  # which one, only the call cares
        self._changes.show("calls")
        self._tasks.spawn(self.refresh())

    async def use_configured(self) -> None:
        """Go over to the devices that the configuration names.

        Raises:
            LocalFault: they cannot be opened; the old ones stay in use.
        """
        await self._sound.use(self._configuration.current.audio)
        await self.refresh()
        self._changes.show("settings")

    def follow_configuration(self) -> None:
        """Follow a file that somebody edited; the old devices stay where that cannot be."""
        if self._configuration.current.audio != self._sound.audio:
            self._tasks.spawn(self._follow())

    async def _follow(self) -> None:
        try:
            await self.use_configured()
        except LocalFault as fault:
            self._notices.add(fault.sentence)
