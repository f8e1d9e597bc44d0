"""What people are told of their own sound in a call: things that they cannot hear themselves."""

MUTED_TALK_SECONDS = 2
MUTED_TALK_AGAIN_SECONDS = 60
DIGITAL_SILENCE_SECONDS = 10.0
"""Of samples that are all zero: a quiet room gives others, a switched-off microphone does not."""

LATE_FROM_SECONDS = 10
"""Opening devices and connecting make frames late, which says nothing."""

LATE_MS = 15.0
"""Between 10 ms, which frames may be late, and 20 ms, where a frame is missing."""


class SoundHints:
    """Looks at the sound of one call, once a second."""

    def __init__(self) -> None:
        self._talked = 0
        self._quiet_until = 0
        self._seconds = 0
        self._said: set[str] = set()

    def look(self, *, muted_talk: bool, digital_silence: float, late_ms: float) -> list[str]:
        """Return the codes of the sentences to say now.

        Args:
            muted_talk: somebody speaks into a microphone that the person here muted.
            digital_silence: seconds since the microphone gave anything but zeros.
            late_ms: how late the thread that moves sound is, at most in 99 % of its wakes.
        """
        self._seconds += 1
        found = ["G_MUTED_TALK"] if self._talks_muted(muted_talk) else []
        if digital_silence < DIGITAL_SILENCE_SECONDS:
            self._said.discard("G_MIC_SILENT")
        else:
            found += self._once("G_MIC_SILENT")
        if late_ms > LATE_MS and self._seconds > LATE_FROM_SECONDS:
            found += self._once("G_ENGINE_SLOW")
        return found

    def _talks_muted(self, muted_talk: bool) -> bool:
        self._talked = self._talked + 1 if muted_talk else 0
        if self._talked < MUTED_TALK_SECONDS or self._seconds < self._quiet_until:
            return False
        self._quiet_until = self._seconds + MUTED_TALK_AGAIN_SECONDS
        return True

    def _once(self, code: str) -> list[str]:
        if code in self._said:
            return []
        self._said.add(code)
        return [code]
