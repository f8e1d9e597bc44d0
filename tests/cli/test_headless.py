"""A call that a script stays with, at an engine that is a fake one."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fake_engine import CALL_ID, NOW, FakeEngine, active_call, ready, said
from tui_call.cli.headless import Followed, follow
from tui_call.control.actions import Action, HangUp
from tui_call.control.lines import Result

BECOMES = "d4" * 16
END = said("G_ENDED", who="You", dur="0:10")


class Ending(FakeEngine):
    """Ends the call that is hung up; refuses what it is to refuse once."""

    async def command(self, action: Action) -> Result:
        try:
            result = await super().command(action)
        finally:
            self.refusals.clear()
        if isinstance(action, HangUp):
            self.change_call(phase="ended", ended=NOW, end_reason=END)
        return result


@pytest.fixture
def engine() -> Ending:
    return Ending(ready(call=active_call()))


async def followed(
    engine: FakeEngine, seconds: float | None, meanwhile: Callable[[], None]
) -> Followed:
    """Follow a call in which something happens once it is followed."""
    following = asyncio.ensure_future(follow(engine, CALL_ID, seconds, as_json=True))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    meanwhile()
    async with asyncio.timeout(20):
        return await following


def goes_on(engine: FakeEngine, **fields: Any) -> None:
    engine.change(call=active_call(id=BECOMES, was=(CALL_ID,), **fields))


async def test_a_script_stays_with_a_call_that_goes_on_as_another_one(engine: Ending) -> None:
    told = await followed(engine, 0.1, lambda: goes_on(engine))
    assert engine.actions == [HangUp(call=BECOMES, whole=True)]
    assert told.last is not None
    assert (told.last.id, told.last.end_reason, told.spoke) == (BECOMES, END, True)


async def test_a_script_that_is_stopped_ends_what_its_call_has_become(engine: Ending) -> None:
    following = asyncio.ensure_future(follow(engine, CALL_ID, None, as_json=True))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    goes_on(engine)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    assert engine.actions == [HangUp(call=BECOMES, whole=True)]


async def test_a_call_that_changes_while_it_is_hung_up_is_hung_up_once_more(
    engine: Ending,
) -> None:
    told = await followed(
        engine, 0.05, lambda: engine.refuse(HangUp, "not_found", said("N_UNKNOWN_CALL"))
    )
    assert len(engine.actions) == 2
    assert told.last is not None
    assert told.last.end_reason == END


async def test_a_call_that_is_over_is_followed_by_no_other_one(engine: Ending) -> None:
    told = await followed(engine, None, lambda: engine.change(call=active_call(id=BECOMES)))
    assert engine.actions == []
    assert told.last is not None
    assert told.last.id == CALL_ID
