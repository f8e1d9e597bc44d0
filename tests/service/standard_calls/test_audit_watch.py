"""When a call that must be recorded ends because that cannot be written down; time is virtual."""

import asyncio
import itertools
import math
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.virtual_loop import run_at_once
from tui_call.service.faults import DatabaseUnusable
from tui_call.service.standard_calls.audit_watch import PATIENCE, AuditWatch

OVER_WITHIN = 5.0
NEVER = math.inf
CALL, PERSON = "call", "ada@acme"

seconds = st.floats(0, 20)


def now() -> float:
    return asyncio.get_running_loop().time()


class Calls:
    """An exchange and its calls, of which there is one until it is ended.

    Attributes:
        ended: when that was.
    """

    def __init__(self, *, by_rule: bool) -> None:
        self._known = SimpleNamespace(
            call=SimpleNamespace(
                id=CALL, by_rule=by_rule, inside=(SimpleNamespace(account=PERSON),)
            )
        )
        self.unsaved_ends = dict[str, float]()
        self.ended = NEVER
        self.over = asyncio.Event()

    @property
    def calls(self) -> "Calls":
        return self

    def __iter__(self) -> Iterator[object]:
        return iter(() if self.over.is_set() else (self._known,))

    def here(self, call: str) -> object:
        return None if self.over.is_set() else self._known

    def overdue(self) -> list[str]:
        return []

    async def end_unrecorded(self, call: str) -> None:
        self.ended = self.unsaved_ends[call] = now()
        self.over.set()

    async def save_end(self, call: str) -> None:
        del self.unsaved_ends[call]


class Trial:
    """A store that takes its time, and from some moment on writes nothing more."""

    def __init__(self, lasts: Sequence[float], breaks: float, mended: float = NEVER) -> None:
        self._lasts = itertools.cycle(lasts)
        self._breaks, self._mended = breaks, mended

    async def write(self) -> None:
        await asyncio.sleep(next(self._lasts))
        if self._breaks <= now() < self._mended:
            raise DatabaseUnusable


def is_kept(accounts: Iterable[str]) -> bool:
    return list(accounts) == [PERSON]


@asynccontextmanager
async def watched(trial: Trial, unfollowed: float = NEVER) -> AsyncGenerator[Calls]:
    """Watch a call that must be recorded, or becomes one then and cannot be."""
    calls = Calls(by_rule=unfollowed == NEVER)
    changes = SimpleNamespace(unfollowed=dict[str, float]())
    asyncio.get_running_loop().call_at(unfollowed, changes.unfollowed.setdefault, CALL, unfollowed)
    door = SimpleNamespace(is_kept_by_rule=is_kept)
    parts = (cast("Any", part) for part in (calls, changes, door, trial))
    watch = AuditWatch(*parts)
    watch.open()
    yield calls
    await watch.close()


@given(st.lists(seconds, min_size=1), seconds)
@example([1.0, 20.0], 0.0)
def test_a_call_is_over_five_seconds_after_nothing_is_written_whatever_the_store_does(
    lasts: list[float], breaks: float
) -> None:
    async def ended() -> float:
        async with watched(Trial(lasts, breaks)) as calls:
            await calls.over.wait()
        return calls.ended

    assert run_at_once(ended()) <= breaks + OVER_WITHIN


@given(st.lists(st.floats(0, PATIENCE), min_size=1))
@example([PATIENCE])
def test_a_call_goes_on_as_long_as_the_store_writes_however_slowly(lasts: list[float]) -> None:
    async def goes_on() -> bool:
        async with watched(Trial(lasts, NEVER)) as calls:
            await asyncio.sleep(60)
        return not calls.over.is_set()

    assert run_at_once(goes_on())


@given(seconds)
def test_a_rule_that_cannot_be_followed_ends_the_call_within_five_seconds(came: float) -> None:
    async def ended() -> float:
        async with watched(Trial([0], NEVER), unfollowed=came) as calls:
            await calls.over.wait()
        return calls.ended

    assert run_at_once(ended()) <= came + OVER_WITHIN


def test_what_ended_unsaved_is_saved_once_the_store_writes_again() -> None:
    async def saved() -> bool:
        async with watched(Trial([0.1], breaks=2, mended=100)) as calls:
            await calls.over.wait()
            await asyncio.sleep(200)
        return not calls.unsaved_ends

    assert run_at_once(saved())
