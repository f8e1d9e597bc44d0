"""What this computer can do."""

from tui_call.engine.sound.audio_devices import AudioDevices
from tui_call.engine.sound.sound import Sound
from tui_call.permissions.gate import PlatformFacts


class Equipment:
    """Tells the gate what there is."""

    def __init__(self, sound: Sound, devices: AudioDevices) -> None:
        self._sound = sound
        self._devices = devices

    def facts(self) -> PlatformFacts:
        """Return what the gate needs to know."""
        problem = self._devices.view.problem
        return PlatformFacts(
            audio_library=problem is None or problem.code != "N_AUDIOLIB",
            microphone=self._sound.has_microphone,
        )

    def spoken_level(self) -> float | None:
        """Return how loud the microphone is for others, dBFS; None where it is muted."""
        thread = self._sound.thread
        return None if thread is None or thread.muted else thread.meters().microphone
