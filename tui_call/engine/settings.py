"""Settings as they change: by order of the person, or in a file that somebody edited."""

from collections.abc import Callable

from tui_call.config.write import SettingHeld
from tui_call.engine.account.configuration import Configuration
from tui_call.engine.changes import Changes
from tui_call.engine.notices import Notices
from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.sound import Sound
from tui_call.errors import LocalFault

CONFIG_LABEL = "config"
"""How sentences.txt labels what is wrong in the configuration."""


class Settings:
    """Lets what depends on the configuration follow it."""

    def __init__(
        self,
        configuration: Configuration,
        sound: Sound,
        devices: AudioDevices,
        changes: Changes,
        notices: Notices,
    ) -> None:
        self._configuration = configuration
        self._sound = sound
        self._devices = devices
        self._changes = changes
        self._notices = notices
        self._followers: list[Callable[[], None]] = []

    def listen(self, follow: Callable[[], None]) -> None:
        """Let something else follow the configuration, too; it is called after each change."""
        self._followers.append(follow)

    def look_around(self) -> None:
        """Once a second: follow the files where they changed."""
        if self._configuration.poll():
            self.show_problems()
            self._devices.follow_configuration()
            self._show()

    def show_problems(self) -> None:
        """Show what is wrong in the configuration now, in place of what was before."""
        self._notices.replace(CONFIG_LABEL, self._configuration.problems())

    async def change(self, key: str, value: str | None) -> None:
        """Write a setting, None for its default, and use it.

        Raises:
            SettingHeld: something wins over the file that would be written.
            LocalFault: it is not allowed, cannot be written, or the device cannot be opened.
        """
        held = self._configuration.held(key)
        if held is not None:
            raise SettingHeld(held)
        if key.startswith("audio."):
            await self._change_audio(key, value)
        else:
            self._configuration.change(key, value)
        self._show()

    async def _change_audio(self, key: str, value: str | None) -> None:
        """Write what works: a device that cannot be opened now is not looked for in a call."""
        await self._sound.use(self._configuration.with_change(key, value).audio)
        try:
            self._configuration.change(key, value)
        except LocalFault:
            await self._devices.use_configured()  # those that the file still names
            raise
        await self._devices.refresh()

    def _show(self) -> None:
        for follow in self._followers:
            follow()
        self._changes.show("me", "encryption", "settings", "calls")
