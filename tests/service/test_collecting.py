"""When the garbage collector works, and at how much: on a clock and on objects that are told."""

import asyncio
import gc
import weakref
from dataclasses import dataclass, field

import pytest

from tests.support.members import until
from tui_call.service import collecting
from tui_call.service.collecting import (
    EVERY,
    LATE,
    MOST_LATE_ROUNDS,
    MOST_NEW,
    MOST_OLD,
    Rounds,
)


@dataclass
class FakeCollector:
    """Counts objects, of which none is garbage."""

    young: int = 0
    old: int = 0
    frozen: int = 200_000
    looked_at: list[int] = field(default_factory=list)

    def collect(self, generation: int = 2) -> int:
        self.looked_at.append(self.young + (self.old if generation == 2 else 0))
        self.old, self.young = self.old + self.young, 0
        return 0

    def get_objects(self, generation: int | None = None) -> list[None]:
        assert generation == 2
        return [None] * self.old

    def get_count(self) -> tuple[int, int, int]:
        return self.young, 0, 0

    def freeze(self) -> None:
        self.frozen += self.old + self.young
        self.old = self.young = 0

    def unfreeze(self) -> None:
        self.old, self.frozen = self.old + self.frozen, 0


@pytest.fixture
def collector() -> FakeCollector:
    return FakeCollector()


@pytest.fixture
def rounds(collector: FakeCollector) -> Rounds:
    rounds = Rounds(collector)
    collector.looked_at.clear()
    return rounds


def test_however_many_come_each_round_looks_at_few_objects_and_at_none_a_third_time(
    collector: FakeCollector, rounds: Rounds
) -> None:
    came = 0
    for _ in range(600):
        collector.young += 4_000
        came += 4_000
        rounds.go(late=0, used=True)
    assert max(collector.looked_at) <= MOST_OLD + 4_000
    assert sum(collector.looked_at) <= 2 * came
    assert collector.frozen > came - MOST_OLD


def test_the_more_is_new_the_sooner_the_next_round_comes(
    collector: FakeCollector, rounds: Rounds
) -> None:
    assert rounds.go(late=0, used=True) == EVERY
    collector.young = 10 * MOST_NEW
    assert rounds.go(late=0, used=True) == pytest.approx(EVERY / 10)


def test_a_round_that_comes_late_leaves_the_others_their_time_but_not_for_ever(
    collector: FakeCollector, rounds: Rounds
) -> None:
    for number in range(1, 3 * MOST_LATE_ROUNDS + 1):
        collector.young += 10
        rounds.go(late=2 * LATE, used=True)
        assert len(collector.looked_at) == number // MOST_LATE_ROUNDS
    rounds.go(late=0, used=True)
    assert len(collector.looked_at) == 4


def test_when_nobody_is_connected_all_is_looked_at_once(
    collector: FakeCollector, rounds: Rounds
) -> None:
    for _ in range(3):
        rounds.go(late=0, used=False)
    assert collector.looked_at == [], "all was looked at when it began"
    collector.young += 10
    rounds.go(late=0, used=True)
    for _ in range(3):
        rounds.go(late=0, used=False)
    assert collector.looked_at == [10, collector.frozen]


class Link:
    """Half of a cycle."""

    def __init__(self) -> None:
        self.other: Link | None = None


def cycle() -> "weakref.ref[Link]":
    one, other = Link(), Link()
    one.other, other.other = other, one
    return weakref.ref(one)


async def test_cycles_go_while_nothing_else_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "EVERY", 0.02)
    used = True
    async with collecting.collecting_when_idle(lambda: used):
        assert not gc.isenabled()
        await asyncio.sleep(0)
        young, kept = cycle(), Link()
        kept.other = kept
        await until(lambda: young() is None)
        gc.freeze()
        old = weakref.ref(kept)
        del kept
        used = False
        await until(lambda: old() is None)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
