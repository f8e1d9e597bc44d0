"""The rooms of a tap as the service orders: which parts are open, and whose frames go where."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from msgspec import structs

from tui_call.signaling.fences import Fences
from tui_call.signaling.tap_messages import (
    ALL_HEARD_WITHIN,
    CUT_SHORT,
    CloseTap,
    KeptPart,
    SetTap,
    TapMember,
)
from tui_call.tap.intake import Intake, Wanted
from tui_call.tap.interfaces import PartKeeper, Recognised, RecordingPart, Speech, TranscriptPart
from tui_call.tap.parts import Part, PartNews, part_of
from tui_call.tasks import Tasks

WRITTEN_WITHIN = 10.0
"""Seconds for files to be completed at the end."""


@dataclass(frozen=True, slots=True)
class _Recording:
    part: Part
    writes: RecordingPart


@dataclass(frozen=True, slots=True)
class _Transcript:
    part: Part
    begun: float
    writes: TranscriptPart


@dataclass(frozen=True, slots=True)
class _Room:
    """What is being written of a room, and whose frames are wanted for it."""

    recording: _Recording | None = None
    transcript: _Transcript | None = None
    wanted: Mapping[int, Wanted] = field(default_factory=dict[int, Wanted])


_NOTHING = _Room()


class KeptRooms:
    """Does what services in charge order; saying it again changes nothing.

    Args:
        keeper: writes.
        speech: recognises.
        intake: gets frames.
        parts: knows which parts there were.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        keeper: PartKeeper,
        speech: Speech,
        intake: Intake,
        parts: PartNews,
        clock: Callable[[], float],
    ) -> None:
        self._keeper = keeper
        self._speech = speech
        self._intake = intake
        self._parts = parts
        self._clock = clock
        self._fences = Fences()
        self._rooms: dict[str, _Room] = {}
        self._transcripts = defaultdict[str, list[_Transcript]](list)
        self._tasks = Tasks()

    @property
    def fences(self) -> tuple[tuple[str, int], ...]:
        """The rooms that there are, with the fence of each."""
        return tuple((room, self._fences[room]) for room in self._rooms)

    def order(self, order: SetTap | CloseTap) -> None:
        """Do what is ordered, unless the service is not in charge any more."""
        if not self._fences.in_charge(order.room, order.fence, self._rooms):
            return
        now = self._clock()
        at = now if order.at is None else min(order.at, now)
        if isinstance(order, SetTap):
            self._set(order, at)
        elif order.room in self._rooms:
            self._set(SetTap(order.room, order.fence), at)
            del self._rooms[order.room]

    def hear(self, recognised: Recognised) -> None:
        """Write down what was said by somebody who was in the transcript."""
        spoken = recognised.spoken
        if not (recognised.member.transcribed and spoken.final and spoken.text):
            return
        transcript = self._transcript_at(spoken.room, spoken.began)
        if transcript is not None:
            transcript.writes.write(recognised.member.person, spoken)

    async def close(self, seconds: float) -> None:
        """Close all that is open; what is being recognised gets so many seconds."""
        for room in list(self._rooms):
            self.order(CloseTap(room, self._fences[room]))
        await self._tasks.wait(seconds)
        self._tasks.cancel()
        await self._tasks.wait()
        with contextlib.suppress(TimeoutError):  # a disk stands still: the next tap ends its files
            async with asyncio.timeout(WRITTEN_WITHIN):
                await self._keeper.finish()

    def _set(self, told: SetTap, at: float) -> None:
        before = self._rooms.get(told.room, _NOTHING)
        recording = self._recording(before.recording, told.recording, at)
        transcript = self._transcript(told.room, before.transcript, told.transcript, at)
        listened = tuple(_listened(told, written=transcript is not None))
        self._speech.listen(told.room, listened)
        if before.transcript is not None and before.transcript is not transcript:
            self._tasks.spawn(self._end(told.room, before.transcript, at))
        hear = partial(self._speech.take, told.room)
        sources = {member.source for member in listened}
        by_rule = told.recording is not None and told.recording.by_rule
        wanted = dict[int, Wanted]()
        for member in told.members:
            record = recording.writes.take if recording is not None and member.kept else None
            heard = hear if member.source in sources else None
            if record or heard:
                since = _since(member, before.wanted.get(member.source), at)
                wanted[member.source] = Wanted(member, since, record, heard, by_rule)
        self._intake.want(told.room, wanted, at)
        self._rooms[told.room] = _Room(recording, transcript, wanted)

    def _recording(
        self, before: _Recording | None, told: KeptPart | None, at: float
    ) -> _Recording | None:
        if before is not None and told is not None and before.part == part_of(told):
            return before
        if before is not None:
            before.writes.close(at)
        if told is None or not self._parts.begin(told):
            return None
        return _Recording(part_of(told), self._keeper.record(told, at))

    def _transcript(
        self, room: str, before: _Transcript | None, told: KeptPart | None, at: float
    ) -> _Transcript | None:
        if before is not None and told is not None and before.part == part_of(told):
            return before
        if told is None or not self._parts.begin(told):
            return None
        transcript = _Transcript(part_of(told), at, self._keeper.transcribe(told, at))
        self._transcripts[room].append(transcript)
        return transcript

    def _transcript_at(self, room: str, at: float) -> _Transcript | None:
        """Return the one that was written when something was said."""
        transcripts = self._transcripts.get(room, [])
        begun = [transcript for transcript in transcripts if transcript.begun <= at]
        return (begun[-1:] or transcripts[:1] or [None])[0]

    async def _end(self, room: str, transcript: _Transcript, at: float) -> None:
        """Close a transcript once all that was said before is in it, or marked as lost."""
        whole = False
        try:
            whole = await self._speech.finish(room, ALL_HEARD_WITHIN)
        finally:
            transcript.writes.close(at, "" if whole else CUT_SHORT)
            self._transcripts[room].remove(transcript)
            if not self._transcripts[room]:
                del self._transcripts[room]


def _since(member: TapMember, before: Wanted | None, at: float) -> float:
    """Return from when on what somebody says is taken: since no more of it was."""
    if before is None or before.member.person != member.person:
        return at
    return at if _uses(member) - _uses(before.member) else before.since


def _uses(member: TapMember) -> set[str]:
    """Return for what somebody's frames may be used."""
    return {use for use in ("kept", "transcribed", "captioned") if getattr(member, use)}


def _listened(told: SetTap, *, written: bool) -> Iterator[TapMember]:
    """Yield who is listened to, transcribed and captioned as what is said is used."""
    for member in told.members:
        transcribed, captioned = member.transcribed and written, member.captioned and told.captions
        if transcribed or captioned:
            yield structs.replace(member, kept=False, transcribed=transcribed, captioned=captioned)
