"""What is kept and read of calls, at the prompt of lines."""

import asyncio

from msgspec.structs import replace

from tests.support.fake_engine import HISTORY, NOW, active_call, ready, said
from tests.support.fake_standard_calls import standard_call
from tests.support.prompt import Talk, settle
from tui_call.control import actions
from tui_call.control.lines import Caption
from tui_call.control.views import EventView, KeptView

BY_GRACE = KeptView("aa" * 16, "Grace Hopper", NOW - 60)


async def test_what_was_said_to_its_end_is_a_line() -> None:
    talk = Talk(ready(call=active_call()))
    for number, (text, final) in enumerate([("Hel", False), ("Hello\x1b[2J there.", True)], 1):
        talk.engine.push(Caption("", 1, "Grace Hopper", 1, number, text, final=final))
    talk.engine.push(Caption("", 0, "", 2, 1, "Hi.", final=True))
    talk.engine.die()
    heard = await talk.says("status", then_quits=False)
    assert [line for line in heard if line.endswith(("there.", "Hi."))] == [
        "Grace Hopper: Hello[2J there.",
        "you: Hi.",
    ]


async def test_a_past_call_that_was_kept_says_so() -> None:
    past = replace(HISTORY[1], kept=("recording",))
    heard = await Talk(ready(history=(past,))).says("history")
    assert heard[-1].endswith("You hung up. (recorded)")


async def test_who_is_asked_reads_which_words_answer() -> None:
    talk = Talk(ready(call=standard_call()))
    asks = EventView(NOW, said("G_REC_ASK", "recording", who="Grace Hopper"), 1)
    asked = standard_call(recording=BY_GRACE, own_kept="asked", events=(asks,))
    prompt = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    talk.engine.change(call=asked)
    talk.engine.die()
    asks_in_words = "Grace Hopper wants to record. You may refuse, or leave. (yes [ID] or no [ID])"
    assert asks_in_words in await prompt


async def test_status_says_that_a_call_is_kept_and_what_is_asked() -> None:
    asked = standard_call(recording=BY_GRACE, transcript=BY_GRACE, own_kept="asked")
    heard = await Talk(ready(call=asked)).says("status")
    assert heard[-2].startswith("○ NOT E2EE, REC TXT, Grace Hopper, Alan Turing, active, ")
    asks = "Grace Hopper wants to record and to transcribe. You may refuse, or leave."
    assert heard[-2].endswith(asks)


async def test_who_is_kept_takes_it_back_as_easily_as_it_was_given_and_reads_of_it_once() -> None:
    talk = Talk(ready(call=standard_call(recording=BY_GRACE, own_kept="kept")))
    prompt = asyncio.create_task(talk.says("agree no", then_quits=False))
    await settle()
    assert talk.engine.actions == [actions.AgreeToBeKept(on=False)]
    refused = EventView(NOW, said("G_REC_WITHOUT", "own"), 1)
    out = standard_call(recording=BY_GRACE, own_kept="refused", events=(refused,))
    talk.engine.change(call=out)
    talk.engine.die()
    [told] = [line for line in await prompt if "nothing of you is kept" in line]
    assert told.startswith("From now on nothing of you is kept, and the others know it.")


async def test_one_is_deleted_only_when_that_is_said_twice() -> None:
    talk = Talk(ready())
    heard = await talk.says(
        "recordings delete 9c", "recordings delete 9d", "recordings", "recordings delete 9d"
    )
    assert heard.count("This deletes it for everybody. The same once more to do it.") == 3
    assert talk.engine.actions == [actions.ListKept("recording")]
    talk = Talk(ready())
    assert "Deleted, for everybody." in await talk.says(*2 * ["transcripts delete 9c"])
    assert talk.engine.actions == [actions.DeleteKept("9c", "transcript")]
