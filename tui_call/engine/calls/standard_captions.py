"""Captions of standard calls, for those attached here who want them.

The service is asked when the first of them wants captions of a call, and told when none does any
more; who shows captions is told to all in the call. What is said is passed on and kept nowhere.
"""

from collections.abc import Callable

from tui_call.control.lines import Caption
from tui_call.control.server import CaptionReader
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.foreign_text import clean
from tui_call.sentences import Sentence
from tui_call.signaling.call_acts import CaptionsAct
from tui_call.signaling.standard_calls import CaptionSpoken
from tui_call.signaling.vocabulary import MOST_SPOKEN
from tui_call.tasks import Tasks

LATE_SECONDS = 120.0
"""Of what comes later, or too soon, the service's clock is another one than this computer's."""


class StandardCaptions:
    """Knows who reads captions of which call; a call that is merged keeps its readers.

    Args:
        calls: all that there are.
        acts: ask the service.
        tasks: of the calls.
        wall: Unix seconds.
    """

    def __init__(
        self, calls: CallList, acts: StandardActs, tasks: Tasks, wall: Callable[[], float]
    ) -> None:
        self._calls = calls
        self._acts = acts
        self._tasks = tasks
        self._wall = wall
        self._readers: list[tuple[CallState, CaptionReader]] = []
        self._speakers: dict[tuple[bytes, int], tuple[int, str]] = {}

    async def show(self, record: CallState, reader: CaptionReader) -> Sentence | None:
        """Let somebody have captions of a call; return why there are none.

        Where the speech engine stopped, asking again lets the service try it again. Who asks in
        vain goes on with those that there are: the service still counts this device as a reader.
        """
        comes = not self._reads(record, reader)
        if comes:
            self._readers.append((record, reader))
        refused = await self._acts.ask(record.id, CaptionsAct(on=True))
        if refused is not None and comes:
            self._forget(record, reader)
        return refused

    async def hide(self, record: CallState, reader: CaptionReader) -> Sentence | None:
        """Let somebody have them no more; return why that cannot be told."""
        self._forget(record, reader)
        if record.ended or self._read(record):
            return None
        return await self._acts.ask(record.id, CaptionsAct(on=False))

    def left(self, reader: CaptionReader) -> None:
        """Let go of somebody who is not attached any more."""
        for record in [record for record, one in self._readers if one is reader]:
            self._tasks.spawn(self._hide(record, reader))

    def told(self, record: CallState) -> None:
        """Take note of a call as it is now: nobody reads one that is over.

        Where it was merged here into one of which there are captions, its readers read those.
        """
        if record.ended:
            gone = [reader for of, reader in self._readers if of is record]
            self._readers = [one for one in self._readers if one[0] is not record]
            into = next((one for one in self._calls.on if record.id in one.was), None)
            if into is not None and self._read(into):
                come = (reader for reader in gone if not self._reads(into, reader))
                self._readers += [(into, reader) for reader in come]
            self._speakers = {
                place: who for place, who in self._speakers.items() if place[0] != record.id
            }

    def spoken(self, message: CaptionSpoken) -> None:
        """Pass on what somebody says to who reads it."""
        record = self._calls.records.get(bytes.fromhex(message.call))
        if record is None or record.standard is None:
            return
        speaker = self._speaker(record.id, message.member, record.standard)
        if speaker is None:  # nobody in the call can have said it
            return
        at = self._time_of_day(record.standard.told.began + message.began)
        caption = _caption(message, speaker, at)
        for of, reader in self._readers:
            if of is record and caption is not None:
                reader.put_caption(caption)

    def _time_of_day(self, at: float) -> float:
        """Return Unix seconds by the service's clock, or those of now where that one is wrong."""
        now = self._wall()
        return at if 0 <= now - at <= LATE_SECONDS else now

    def _speaker(self, call: bytes, number: int, facts: StandardFacts) -> tuple[int, str] | None:
        """Return number (0 is the person here) and name of a speaker, also of one who has left."""
        who = next((one for one in facts.told.members if one.number == number), None)
        if who is not None:
            own = facts.own is not None and facts.own.number == number
            name = facts.name_of(who.account, who.name)
            self._speakers[call, number] = (0 if own else number, name)
        return self._speakers.get((call, number))

    async def _hide(self, record: CallState, reader: CaptionReader) -> None:
        await self.hide(record, reader)

    def _reads(self, record: CallState, reader: CaptionReader) -> bool:
        return any(of is record and one is reader for of, one in self._readers)

    def _read(self, record: CallState) -> bool:
        """Whether somebody reads captions of a call."""
        return any(of is record for of, _ in self._readers)

    def _forget(self, record: CallState, reader: CaptionReader) -> None:
        self._readers = [
            (of, one) for of, one in self._readers if of is not record or one is not reader
        ]


def _caption(message: CaptionSpoken, speaker: tuple[int, str], at: float) -> Caption | None:
    """Return what screens are told of it, None for nothing; a final closes what was told before."""
    text = clean(message.text, MOST_SPOKEN)
    if not text and not message.final:
        return None
    stable = text if message.final else clean(message.text[: max(0, message.stable)], MOST_SPOKEN)
    return Caption(
        message.call,
        *speaker,
        message.utterance,
        message.revision,
        text,
        min(len(stable), len(text)),
        message.began,
        message.ended,
        message.final,
        at,
    )
