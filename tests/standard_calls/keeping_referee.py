"""A referee of what is kept of calls, who knows only what was asked, reported and played."""

from tui_call.standard_calls import events
from tui_call.standard_calls.effects import SoundTone, Step
from tui_call.standard_calls.events import Event
from tui_call.standard_calls.hearing import hears
from tui_call.standard_calls.keeping import Keeping, Word
from tui_call.standard_calls.kept_rooms import caption_readers, is_tapped, tap_room
from tui_call.standard_calls.rooms import rooms_of
from tui_call.standard_calls.stages import KEEPING_WAYS, KeepingStage
from tui_call.standard_calls.state import Member, StandardCall

SECOND = 1.0


class KeepingReferee:
    """Looks at every step of all calls."""

    def __init__(self) -> None:
        self._open: set[tuple[str, int]] = set()
        self._tone_at: dict[tuple[str, str], float] = {}
        self._words: dict[tuple[str, str, str], str] = {}
        self._agreed: dict[tuple[str, str], str] = {}
        self._agreed_before: set[tuple[str, str, str]] = set()  # with another device than this

    def judge(self, before: StandardCall | None, event: Event, step: Step, now: float) -> None:
        """Check what holds of a step, whatever happened."""
        call = step.call
        if call is None or step.refused:
            return
        self._take_note(before, call, event)
        self._hear_tones(call, step, now)
        if call.over:
            assert (call.recording, call.transcript, call.tap) == (None, None, "")
            assert tap_room(call) is None
            return
        judge_ways(before, call)
        judge_rule(before, call)
        self._judge_seats(call, now)

    def _take_note(self, before: StandardCall | None, call: StandardCall, event: Event) -> None:
        """Remember what people said, and which parts are open."""
        match event:
            case events.TapChanged(tap):
                # What a first tap has opened it may tell before it is known itself.
                gone = before is not None and before.tap not in ("", tap)
                kept = {keeping.id for _, keeping in call.kept if gone}
                self._open = {part for part in self._open if part[0] not in kept}
            case events.PartIsOpen(kept, part):
                self._open.add((kept, part))
            case _:
                if call != before:
                    self._listen(before, call, event)
        inside = {member.account for member in call.inside}
        for heard in (self._words, self._agreed):
            for key in [one for one in heard if one[0] == call.id and one[1] not in inside]:
                if heard[key] != "refused":  # said in the call, it holds for who comes back
                    del heard[key]

    def _listen(self, before: StandardCall | None, call: StandardCall, event: Event) -> None:
        """Remember the word of who comes, and what is said of it in the call."""
        match event:
            case events.Places() | events.Answers() | events.Retrieves():
                known = before.on_device(event.account, event.device) if before else None
                here = known is not None and known.instance == event.instance
                if here:
                    self._take_word(call, event.account, event.device, event.word)
                elif call.on_device(event.account, event.device) is not None:
                    word = event.word.recording
                    self._words[call.id, event.account, event.device] = word
                    self._agreed_before.discard((call.id, event.account, event.device))
                    if word == "refuse" and self._agreed.get((call.id, event.account)) == "agreed":
                        self._agreed_before.add((call.id, event.account, event.device))
            case events.WordChanged(account, device, word) if call.on_device(account, device):
                self._take_word(call, account, device, word)
            case events.Agrees():
                self._agreed[call.id, event.account] = "agreed" if event.on else "refused"
                self._agreed_before -= {
                    one for one in self._agreed_before if one[:2] == (call.id, event.account)
                }
            case events.Records(on=True) | events.Transcribes(on=True):
                if self._words[call.id, event.account, event.device] == "ask":
                    self._agreed.setdefault((call.id, event.account), "agreed")
            case events.Merges(other=StandardCall() as other):
                self._bring(call, other)
            case _:
                pass

    def _take_word(self, call: StandardCall, account: str, device: str, word: Word) -> None:
        """Remember another word of somebody who is in the call."""
        known = self._words.get((call.id, account, device))
        self._words[call.id, account, device] = word.recording
        if word.recording == "refuse" != known:
            self._agreed[call.id, account] = "refused"

    def _bring(self, call: StandardCall, other: StandardCall) -> None:
        """Let words hold in a call that were said in another; who agreed there did so there."""
        for one, account, device in list(self._words):
            if one == other.id:
                word = self._words.pop((one, account, device))
                self._words.setdefault((call.id, account, device), word)
        for one, account in list(self._agreed):
            if one == other.id and self._agreed.pop((one, account)) == "refused":
                self._agreed[call.id, account] = "refused"

    def _hear_tones(self, call: StandardCall, step: Step, now: float) -> None:
        """Note who hears a tone, which says so of all that is kept by now."""
        inside = {member.account for member in call.inside}
        ids = [keeping.id for _, keeping in call.kept]
        for key in [key for key in self._tone_at if key[0] in ids and key[1] not in inside]:
            del self._tone_at[key]
        for tone in step.effects:
            if not isinstance(tone, SoundTone) or tone.tone != "kept":
                continue
            for member in call.inside:
                if tone.source in (0, member.number) and hears(call, member) == "room":
                    assert member.side == 0 or tone.source == 0
                    for kept in ids:
                        self._tone_at.setdefault((kept, member.account), now)

    def _judge_seats(self, call: StandardCall, now: float) -> None:
        room = tap_room(call)
        readers = caption_readers(call)
        assert all(m.captions and m.side == 0 and hears(call, m) == "room" for m in readers)
        assert (room is not None) == (bool(call.kept) or bool(readers))
        tapped = {one.id for one in rooms_of(call) if one.tapped}
        assert tapped <= {call.id}
        by_number = {member.number: member for member in call.inside}
        kept = 0
        for seat in () if room is None else room.seats:
            member = by_number[seat.source]
            assert member.side == 0
            assert call.people[seat.person - 1] == member.account
            for keeping, is_kept in (
                (call.recording, seat.kept),
                (call.transcript, seat.transcribed),
            ):
                kept += is_kept
                assert not is_kept or keeping is not None
                if is_kept and keeping is not None:
                    self._judge_kept(call, keeping, member, now)
        assert kept == 0 or tapped == {call.id}
        assert not tapped or is_tapped(call)

    def _judge_kept(self, call: StandardCall, keeping: Keeping, member: Member, now: float) -> None:
        """Somebody is kept who may be, and knows of it; into files that are open."""
        assert (keeping.id, keeping.part) in self._open
        assert not member.on_hold
        assert call.parked is None
        assert member.why_rings != "hand_over"
        assert member.side == 0
        assert hears(call, member) == "room"
        assert now >= self._tone_at[keeping.id, member.account] + SECOND
        word = self._words[call.id, member.account, member.device]
        says = self._agreed.get((call.id, member.account), word)
        if says == "agreed" and (call.id, member.account, member.device) in self._agreed_before:
            says = word
        assert keeping.by_rule or says in ("allow", "agreed")


def judge_ways(before: StandardCall | None, call: StandardCall) -> None:
    """What is kept goes no way that is not in the tables."""
    after = {keeping.id: keeping for _, keeping in call.kept}
    for _, keeping in () if before is None else before.kept:
        now = after.get(keeping.id)
        old = KeepingStage(keeping.phase)
        new = KeepingStage(now.phase) if now is not None else KeepingStage.CLOSED
        assert new in (old, *KEEPING_WAYS[old])
        assert now is None or now.part - keeping.part in (0, 1)
        assert (new is KeepingStage.REOPENING) <= (now is not None and now.part > 1)
    for _, keeping in call.kept:
        assert (keeping.until is None) == (keeping.phase == "on")


def judge_rule(before: StandardCall | None, call: StandardCall) -> None:
    """A call that is recorded by rule is so to its end, and nobody is heard who is not."""
    if before is not None and before.by_rule:
        assert before.recording is not None
        assert call.recording is not None
        assert call.recording.id == before.recording.id
    assert call.by_rule == (call.recording is not None and call.recording.by_rule)
    assert call.by_rule or not any(member.word.by_rule for member in call.inside)
    if call.by_rule:
        room = tap_room(call)
        assert room is not None
        recorded = {seat.source for seat in room.seats if seat.kept}
        speak = {seat.source for one in rooms_of(call) for seat in one.seats if seat.speaks}
        assert speak == recorded
