import pytest
from textual import events

from tests.support.fake_engine import CALL_ID, NOW, active_call, person, ready, ringing_call, said
from tests.support.fake_standard_calls import ALAN_IN, GRACE_IN, KATHERINE_IN, standard_call
from tests.tui.conftest import Running, Start
from tui_call.control import actions
from tui_call.tui.screens.keys import KeysScreen


async def ring(it: Running) -> None:
    it.engine.change(call=ringing_call())
    await it.settle()


async def test_typing_does_not_answer(start: Start) -> None:
    async with start(ready(), "slash", "g") as it:
        await ring(it)
        assert it.mode == "incoming"
        assert "Grace Hopper calls you" in it.text
        assert "Keys work after a moment" in it.text
        for key in "raq dma1z":
            it.time.passes(0.7)
            await it.at_once({" ": "space"}.get(key, key))
        assert it.engine.actions == []
        assert it.mode == "incoming"
        it.time.passes(0.9)
        await it.press("a")
        assert it.engine.actions == [actions.Answer(call=CALL_ID)]


async def test_pasted_text_never_counts(start: Start) -> None:
    async with start(ready()) as it:
        await ring(it)
        it.time.passes(2.0)
        it.app.post_message(events.Paste("add me"))
        await it.settle()
        await it.at_once("a")
        assert it.engine.actions == []
        assert it.app.focused is None


async def test_armed_keys(start: Start) -> None:
    async with start(ready(call=ringing_call()), "a", "m", "d", "q", "escape") as it:
        assert it.engine.actions == [
            actions.Answer(call=CALL_ID),
            actions.Answer(muted=True, call=CALL_ID),
            actions.Decline(call=CALL_ID),
            actions.Silence(call=CALL_ID),
            actions.Silence(call=CALL_ID),
        ]


async def test_who_calls_is_shown_whatever_is_known_of_them(start: Start) -> None:
    peer = person("Grace Hopper", e2ee=said("SH_NEW_KEY", peer="Grace", date="20 Aug"))
    async with start(ready(call=ringing_call(peer))) as it:
        assert "Grace Hopper calls you" in it.text
        assert "⛨ E2EE compared" in it.text


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((80, 24), "Grace Hopper calls you, with Alan Turing, Katherine Johnson"),
        ((60, 15), "Grace Hopper calls you, with Alan Turing +1"),
    ],
)
async def test_a_call_of_several_names_as_many_as_there_is_room_for(
    start: Start, size: tuple[int, int], words: str
) -> None:
    rings = {"direction": "incoming", "phase": "ringing", "ringing_here": True, "started": 0}
    call = standard_call(GRACE_IN, ALAN_IN, KATHERINE_IN, **rings)
    async with start(ready(call=call), size=size) as it:
        assert words in [row.strip() for row in it.text.splitlines()]


async def test_keys_and_why(start: Start) -> None:
    async with start(ready(call=ringing_call()), "i") as it:
        assert "! E2EE calls are on." in it.text
        await it.press("escape", "v")
        assert isinstance(it.app.screen, KeysScreen)
        assert "show the same 60 digits" in it.text
        await it.at_once("escape", "m")
        assert it.engine.actions == []  # back here, keys wake late again
        it.time.passes(1.0)
        await it.press("m")
        assert it.engine.actions == [actions.Answer(muted=True, call=CALL_ID)]


async def test_answered_leads_to_the_call(start: Start) -> None:
    async with start(ready(), "3") as it:
        await ring(it)
        it.engine.change(call=active_call(direction="incoming"))
        await it.settle()
        assert it.mode == "call"
        assert "MIC ON" in it.text


async def test_answered_leads_to_the_call_from_what_was_kept_of_one_before(start: Start) -> None:
    before = active_call(
        id="0" * 32, phase="ended", ended=NOW, end_reason=said("G_ENDED", dur="1:00", who="You")
    )
    async with start(ready(call=before)) as it:
        await it.press("R")
        assert "Recordings" in it.text.splitlines()[0]
        await ring(it)
        it.engine.change(call=active_call(direction="incoming"))
        await it.settle()
        assert "MIC ON" in it.text
        assert "m Mute" in it.text
        assert "kept until" not in it.text


async def test_cancelled_goes_back_and_says_so(start: Start) -> None:
    async with start(ready(), "3") as it:
        await ring(it)
        ended = ringing_call(
            phase="ended",
            ringing_here=False,
            ended=NOW,
            end_reason=said("R_CANCELLED", peer="Grace"),
        )
        it.engine.change(call=ended)
        await it.settle()
        assert it.mode == "settings"
        assert "! Grace stopped ringing. Kept as a missed call." in it.text
        assert it.engine.actions == [actions.DismissCall(call=CALL_ID)]


async def test_a_silenced_call_says_so(start: Start) -> None:
    async with start(ready(call=ringing_call()), "q", size=(60, 15)) as it:
        assert it.engine.actions == [actions.Silence(call=CALL_ID)]
        assert "Silenced" not in it.text
        it.engine.change_call(silenced=True)
        await it.settle()
        assert "Silenced here." in it.text
