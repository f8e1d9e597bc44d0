"""What a member says, as the service is told of it: numbered, and no more than can be read."""

from collections import deque
from collections.abc import Callable
from math import inf

from tui_call.signaling.tap_messages import Spoken
from tui_call.tap.speech.recogniser import LOST, Heard, bounded

MOST_A_SECOND = 5
"""Of a speaker; an engine may say more."""


class Utterances:
    """Those of one member.

    Args:
        room: id.
        source: number of the member.
        number: gives the next utterance of the room its number.
    """

    def __init__(self, room: str, source: int, number: Callable[[], int]) -> None:
        self._room = room
        self._source = source
        self._number = number
        self._last: Spoken | None = None
        self._said_until = -inf
        self._told = deque[float](maxlen=MOST_A_SECOND)

    def take(self, heard: Heard, now: float) -> Spoken | None:
        """Return what is told of something heard; None for nothing.

        A final that comes too soon is told all the same where it closes what was told, or was said
        after all before it: many come at once from an engine that was late.
        """
        heard = bounded(heard)
        last = self._last
        if last is None and not heard.text:
            return None
        goes_on = last is not None or self._said_until <= heard.began < heard.ended
        if self._is_too_soon(now) and not (heard.final and goes_on):
            return None
        if last is not None and not heard.final and _same(heard, last):
            return None
        return self._tell(heard, now)

    def give_up(self, now: float) -> Spoken | None:
        """Close what was told so far, since nobody recognises the rest of it; None for nothing."""
        last = self._last
        if last is None:
            return None
        final = Heard(last.text, len(last.text), last.began, last.ended, final=True)
        return self.take(final, now)

    def lose(self, began: float, ended: float, now: float) -> Spoken:
        """Tell that something was said which nobody recognises; no other utterance may be open."""
        return self._tell(Heard(LOST, len(LOST), began, ended, final=True), now)

    def _tell(self, heard: Heard, now: float) -> Spoken:
        last = self._last
        self._told.append(now)
        told = Spoken(
            room=self._room,
            source=self._source,
            utterance=self._number() if last is None else last.utterance,
            revision=1 if last is None else last.revision + 1,
            text=heard.text,
            stable=heard.stable,
            began=heard.began,
            ended=heard.ended,
            final=heard.final,
        )
        if heard.final:
            self._said_until = max(self._said_until, heard.ended)
        self._last = None if heard.final else told
        return told

    def _is_too_soon(self, now: float) -> bool:
        return len(self._told) == MOST_A_SECOND and now - self._told[0] < 1.0


def _same(heard: Heard, told: Spoken) -> bool:
    return (heard.text, heard.stable) == (told.text, told.stable)
