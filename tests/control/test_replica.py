"""Deltas keep every copy of the snapshot as the engine's own is, whatever changes when."""

from collections.abc import Iterable
from random import Random
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from tests.support.fake_engine import GRACE, HISTORY, SETTINGS, active_call, person, ready, said
from tui_call.control import codec, pending
from tui_call.control.deltas import AnyDelta, Delta, PersonDelta
from tui_call.control.lines import Meters, SnapshotMessage, Statistics
from tui_call.control.pending import Pending
from tui_call.control.replica import Replica, people_rank
from tui_call.control.selection import call_now
from tui_call.control.views import PARTS, CallView, EventView, MeView, NoteView, Snapshot

_T = TypeVar("_T")

ONE_KIB = 1024
CROWD = tuple(person(f"p{number} Person") for number in range(2000))


ACCOUNTS = tuple(person(name) for name in ("ada", "Bo", "Çem", "dora"))


class Chance:
    """States of an engine, by a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def snapshot(self) -> Snapshot:
        people = [replace(one, presence=self._of("free", "offline")) for one in ACCOUNTS]
        calls = [self._call(number) for number in range(3)]
        return ready(
            me=MeView(self._of("new", "ready"), "default"),
            people=tuple(sorted(self._some(people), key=people_rank)),
            calls=tuple(sorted(self._some(calls), key=lambda one: one.position)),
            settings=SETTINGS,
            history=self._some(HISTORY),
            notices=tuple(event(number, self._of("a", "b")) for number in self._some(range(5))),
        )

    def most(self) -> int:
        """Return how many updates may wait."""
        return self._of(3, 10, 8192)

    def reads(self) -> bool:
        """Return whether the slow client reads now."""
        return self._of(True, False, False)

    def _call(self, number: int) -> CallView:
        return active_call(
            id=f"{number}" * 32,
            position=number if self._of(True, False) else 9 - number,
            events=tuple(event(one, "x") for one in self._some(range(6))),
            notes=tuple(NoteView(one, True, "x", one) for one in self._some(range(6))),
        )

    def _of(self, *things: Any) -> Any:
        return self._random.choice(things)

    def _some(self, things: Iterable[_T]) -> tuple[_T, ...]:
        return tuple(thing for thing in things if self._random.random() < 0.6)


def event(number: int, text: str) -> EventView:
    return EventView(number, said("G_NOTE", peer=text), number)


def tell(told: Replica, now: Snapshot) -> list[AnyDelta]:
    """Return what is sent so that those who were told know what is so now."""
    sent = [delta for part in PARTS for delta in told.differences(part, getattr(now, part))]
    for delta in sent:
        assert told.apply(delta), "what changes nothing is not sent"
    return sent


def over_the_wire(update: _T) -> _T:
    line = codec.encode(update)  # type: ignore[arg-type]
    decoded = codec.decode_engine(line)
    assert decoded == update
    return update


def take(copy: Replica, waiting: Pending) -> Replica:
    """Read all that waits, as a client does."""
    for update in map(over_the_wire, waiting.take()):
        match update:
            case SnapshotMessage(snapshot):
                copy = Replica(snapshot)
            case Delta():
                copy.apply(update)
            case _:
                pass
    return copy


@pytest.mark.parametrize("seed", range(20))
def test_every_copy_comes_to_what_the_engine_has(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, told = Chance(seed), Replica(ready())
    monkeypatch.setattr(pending, "MOST_PENDING", most := chance.most())
    prompt, slow = Replica(ready()), Replica(ready())
    waiting = Pending(lambda: told.snapshot)
    for _ in range(40):
        now = chance.snapshot()
        for delta in tell(told, now):
            prompt.apply(over_the_wire(delta))
            waiting.put(delta)
            assert len(waiting) <= most
        assert told.snapshot == prompt.snapshot == now
        assert tell(told, now) == []
        if chance.reads():
            slow = take(slow, waiting)
            assert slow.snapshot == now
    assert take(slow, waiting).snapshot == told.snapshot


def test_who_comes_online_among_many_is_one_short_line() -> None:
    told = Replica(ready(people=CROWD))
    away = replace(CROWD[1000], presence="offline", name="\u00c9va " + "x" * 60)
    (delta,) = tell(told, ready(people=(*CROWD[:1000], away, *CROWD[1001:])))
    assert delta == PersonDelta(away.account, away)
    assert len(codec.encode(delta)) <= ONE_KIB
    assert told.snapshot.people[-1] == away


def test_an_event_is_told_without_the_events_before_it() -> None:
    before = active_call(events=tuple(event(number, "x" * 60) for number in range(200)))
    told = Replica(ready(call=before))
    after = replace(before, events=(*before.events[1:], event(200, "new")))
    gone, new = tell(told, ready(call=after))
    assert (gone.key, new.key) == (("event", before.id, 0), ("event", before.id, 200))
    assert len(codec.encode(new)) <= ONE_KIB


def test_only_the_newest_figures_of_each_call_wait() -> None:
    waiting = Pending(lambda: ready())
    for number in range(100):
        waiting.put(Meters(-float(number), 0))
        waiting.put(Statistics(f"{number % 2}", delay_ms=number))
    newest = [Meters(-99.0, 0), Statistics("0", delay_ms=98), Statistics("1", delay_ms=99)]
    assert sorted(waiting.take(), key=str) == sorted(newest, key=str)
    assert not waiting


def test_somebody_who_is_gone_is_gone_everywhere() -> None:
    told = Replica(ready())
    (delta,) = tell(told, ready(people=tuple(one for one in ready().people if one != GRACE)))
    assert delta == PersonDelta(GRACE.account, None)
    assert GRACE not in told.snapshot.people


def test_a_call_that_goes_on_as_another_one_is_found_at_every_moment() -> None:
    before, now = ready(call=active_call(id="d4" * 16)), active_call(id="a1" * 16)
    copy = Replica(before)
    calls = (replace(now, was=("d4" * 16,)),)
    for delta in Replica(before).differences("calls", calls):
        copy.apply(delta)
        assert call_now(copy.snapshot, "d4" * 16) is not None
    assert [call.id for call in copy.snapshot.calls] == [now.id]
