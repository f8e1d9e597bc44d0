"""What is said of codes at the prompt of lines is said of the call that was meant."""

import asyncio

from msgspec.structs import replace

from tests.support.fake_engine import CODE, PEOPLE, active_call, ready, said
from tests.support.prompt import Talk, settle
from tui_call.control import actions

OTHER = active_call(PEOPLE[1], id="b1" * 16, code=replace(CODE, digits="1 2 3"))
ONCE_MORE = said("T_LINE_DIFFER").text


async def test_that_codes_differ_is_said_of_no_call_that_came_to_the_front_meanwhile() -> None:
    talk = Talk(ready(call=active_call()))
    running = asyncio.create_task(talk.says("differ", then_quits=False))
    async with asyncio.timeout(20):
        while ONCE_MORE not in talk.heard:
            await settle()
        talk.engine.change(call=OTHER)
        for line in ("differ", "differ", "quit"):
            talk.typed.put_nowait(f"{line}\n")
        await running
    assert talk.heard.count(ONCE_MORE) == 2
    assert talk.engine.actions == [actions.Compare("differ", code="1 2 3", call=OTHER.id)]
