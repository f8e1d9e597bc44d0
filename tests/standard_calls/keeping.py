"""A call in which something is kept, and what can be seen of it."""

from typing import Any

from tests.standard_calls.exchange import Exchange, X
from tui_call.standard_calls import events
from tui_call.standard_calls.effects import SoundTone
from tui_call.standard_calls.keeping import Keeping, Word
from tui_call.standard_calls.kept_rooms import TapRoom, kept_mark, tap_room
from tui_call.standard_calls.rooms import rooms_of

ALLOWS, ASKS, REFUSES = (Word(word) for word in ("allow", "ask", "refuse"))
BY_RULE = Word("refuse", by_rule=True)


def talking(*, call: str = X, **words: Word) -> Exchange:
    """Return a call in which all talk, placed by the first."""
    first, *others = words
    world = Exchange()
    world.place(first, *others, call=call, worker="w1", word=words[first])
    for one in others:
        world.answer(one, call, word=words[one])
    for one in words:
        world.connect(one, call)
    return world


def record(world: Exchange, who: str = "ada", **fields: Any) -> None:
    """Start recording, and have it on: a tap is there, the files are open, the tone was heard."""
    assert world.act(events.Records, who, on=True, **fields) == ""
    opened(world)
    world.passes(1)


def transcribe(world: Exchange, who: str = "ada") -> None:
    assert world.act(events.Transcribes, who, on=True) == ""
    opened(world)
    world.passes(1)


def opened(world: Exchange, call: str = X, tap: str = "t1") -> None:
    """Let a tap open what is to be opened."""
    world.take(events.TapChanged(tap), call)
    for _, keeping in world.calls[call].kept:
        world.take(events.PartIsOpen(keeping.id, keeping.part), call)


def recording(world: Exchange, call: str = X) -> Keeping:
    """Return the recording; there is one."""
    found = world.calls[call].recording
    assert found is not None
    return found


def room(world: Exchange, call: str = X) -> TapRoom:
    """Return what the tap has to know; there is something."""
    found = tap_room(world.calls[call])
    assert found is not None
    return found


def tapped(world: Exchange) -> bool:
    return any(one.tapped for one in rooms_of(world.call))


def recorded(world: Exchange, call: str = X) -> str:
    """Return who is in the recording now, as "ada+bob"."""
    names = {member.number: member.account for member in world.calls[call].members}
    seen = tap_room(world.calls[call])
    return "+".join(names[seat.source] for seat in (seen.seats if seen else ()) if seat.kept)


def transcribed(world: Exchange, call: str = X) -> str:
    """Return who is in the transcript now."""
    names = {member.number: member.account for member in world.calls[call].members}
    return "+".join(names[seat.source] for seat in room(world, call).seats if seat.transcribed)


def marks(world: Exchange, call: str = X) -> dict[str, str]:
    """Return what all see of each."""
    seen = world.calls[call]
    return {member.account: kept_mark(seen, member) for member in seen.members}


def tones(world: Exchange) -> list[str]:
    """Return who heard the tone in the last step, "all" for all who hear the others."""
    names = {member.number: member.account for member in world.call.members}
    heard = [tone for tone in world.saw(SoundTone) if tone.tone == "kept"]
    return [names[tone.source] if tone.source else "all" for tone in heard]
