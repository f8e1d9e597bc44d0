import asyncio
import dataclasses
from datetime import UTC

import msgspec
import pytest
from msgspec.structs import replace

from tests.support.fake_engine import (
    CALL_ID,
    CODE,
    GRACE,
    HOSTILE,
    NEW_KEY,
    NOW,
    PEOPLE,
    active_call,
    new,
    person,
    ready,
    ringing_call,
    said,
)
from tests.support.fake_standard_calls import crowd, standard_call
from tests.support.prompt import Talk, settle
from tui_call.control import actions
from tui_call.control.actions import SetUp
from tui_call.control.deltas import CallDelta
from tui_call.control.views import CallView, EventView, MeView, NoteView, SettingView
from tui_call.tui.linear import Linear

IN_CALL = ready(call=active_call())


async def test_status_is_one_line_with_the_shield_first() -> None:
    heard = await Talk(IN_CALL).says("status")
    assert heard[-2] == "⛨ E2EE compared, Grace Hopper, active, MIC ON, good, direct/UDP"
    assert heard[-1] == "The call goes on in the background. tui-call shows it again."


async def test_a_call_that_is_over_is_no_call() -> None:
    over = active_call(phase="ended", ended=NOW, end_reason=said("G_ENDED", who="You", dur="1:00"))
    heard = await Talk(ready(call=over)).says("status")
    assert heard[-1].startswith("There is no call now. E2EE calls are on.")
    assert heard[-1].endswith("Service: online.")


async def test_verbs_are_actions() -> None:
    talk = Talk(IN_CALL)
    await talk.says("call Grace", "answer muted", "decline", "silence", "mute", "hold",
                    "note hi there", "keys", "match", "contact eve@acme", "name Ada King",
                    "end")  # fmt: skip
    assert talk.engine.actions == [
        actions.Call("Grace"),
        actions.Answer(muted=True),
        actions.Decline(),
        actions.Silence(),
        actions.Mute(),
        actions.Hold(),
        actions.Note("hi there"),
        actions.Compare("match", code=CODE.digits),
        actions.AddContact("eve@acme"),
        actions.ChangeName("Ada King"),
        actions.HangUp(),
    ]


async def test_a_silenced_call_says_so_once() -> None:
    talk = Talk(ready(call=ringing_call()))
    running = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    talk.engine.change_call(silenced=True)
    await settle()
    talk.engine.change_call(person=GRACE)
    await settle()
    talk.engine.die()
    await running
    assert sum(line.startswith("Silenced here.") for line in talk.heard) == 1


async def test_differing_is_said_twice() -> None:
    talk = Talk(IN_CALL)
    await talk.says("differ", "status", "differ", "differ")
    assert talk.engine.actions == [actions.Compare("differ", code=CODE.digits, call=CALL_ID)]


async def test_what_was_heard_is_typed_in_any_form() -> None:
    heard = await Talk(IN_CALL).says(
        "type 8853 0022", "type 8853-0021", "type maple signal harbor", "type pizza key rocket"
    )
    told = [line for line in heard if "same" in line or "matches" in line]
    assert told == [
        "Group 5 is not the same. Ask Grace Hopper to read it once more.",
        "What you typed matches your code.",
        "What you typed matches your code.",
        "Group 6 is not the same. Ask Grace Hopper to read it once more.",
    ]


async def test_a_match_is_said_by_form_and_taken_back() -> None:
    talk = Talk(IN_CALL)
    await talk.says("type maple signal harbor", "match words", "undo")
    assert talk.engine.actions == [
        actions.Compare("match", "words", code=CODE.digits),
        actions.Compare("undo", code=CODE.digits),
    ]


async def test_a_code_that_was_not_looked_at_does_not_match() -> None:
    talk = Talk(IN_CALL)
    heard = await talk.says("match", "type 8853 0022", "match words")
    assert talk.engine.actions == []
    assert heard.count("Look at the code first: keys.") == 2


async def test_the_code_of_another_call_has_to_be_looked_at_again() -> None:
    talk = Talk(IN_CALL)
    talk.typed.put_nowait("keys\n")
    other = msgspec.structs.replace(CODE, digits="1 2 3")

    async def typed() -> str | None:
        if talk.typed.empty():
            talk.engine.change_call(code=other, shield=said("SH_SEEN"))
            while not any("not compared" in line for line in talk.heard):  # noqa: ASYNC110
                await asyncio.sleep(0)
            talk.typed.put_nowait("match\n")
            talk.typed.put_nowait("quit\n")
        return await talk.typed.get()

    await Linear(talk.engine, typed, talk.heard.append, UTC, lambda: NOW).run()
    assert talk.engine.actions == []
    assert "Look at the code first: keys." in talk.heard


async def test_a_key_is_compared_in_person_after_it_was_shown() -> None:
    talk = Talk(ready())
    heard = await talk.says(
        "match grace", "keys grace", "type 98765 43210 98765 43210 98765 43210", "match grace",
        "undo grace", "differ grace", "differ grace", "differ alan", "differ alan",
    )  # fmt: skip
    digits = GRACE.fingerprint
    assert talk.engine.actions == [
        actions.Compare(verdict, "in person", "grace@acme", digits)
        for verdict in ("match", "undo", "differ")
    ]
    assert heard.count("Look at the key first: keys NAME.") == 2
    assert "What you typed matches your code." in heard
    assert "Compared on 14 Aug, 6 days ago, digits." in heard
    assert any(line.startswith("Compared. Later calls with Grace Hopper") for line in heard)


async def test_a_new_key_is_accepted_as_it_was_shown() -> None:
    talk = Talk(ready())
    heard = await talk.says("accept radia", "keys radia", "accept radia", "keys nobody")
    assert talk.engine.actions == [actions.AcceptKey("radia@acme", NEW_KEY)]
    assert "Ask Radia Perlman by another way. Then accept the new key or leave it." in heard
    assert any("new key, Radia Perlman" in line and "77777" in line for line in heard)
    assert any(line.startswith("Nobody, or more than one") for line in heard)


async def test_the_seconds_left_to_compare_are_told_now_and_then() -> None:
    talk = Talk(ready())
    wall = NOW
    prompt = Linear(talk.engine, talk.typed.get, talk.heard.append, UTC, lambda: wall)
    running = asyncio.create_task(prompt.run())
    await settle()
    talk.engine.change(call=active_call())
    for left in (120, 119, 61, 60, 59, 31, 29, 28, 10, 9, 1):
        wall = NOW + 120 - left
        shield = said("SH_MUST_COMPARE", policy="finance", n=left)
        talk.engine.change_call(shield=shield, compare_by=NOW + 120)
        await settle()
    talk.engine.die()
    await running
    told = [line.rpartition(" in ")[2] for line in talk.heard if "COMPARE NOW" in line]
    assert told == ["120 s.", "60 s.", "29 s.", "10 s."]


async def test_codes_are_read_in_groups() -> None:
    heard = await Talk(IN_CALL).says("keys")
    assert "digits: you read 4821, 9930, 1274. They read 8853, 0021." in heard
    assert any(line.startswith("words: you read anchor, velvet, orbit.") for line in heard)


async def test_reasons_people_and_past_calls() -> None:
    heard = "\n".join(await Talk(IN_CALL).says("why", "people", "history", "help", "nonsense"))
    assert "Record: Recording is off: only your two devices have the sound." in heard
    assert "Alan Turing, alan@acme, in a call" in heard
    assert "missed, Grace Hopper: Grace Hopper stopped ringing." in heard
    assert "There is no verb nonsense." in heard


async def test_several_calls_are_listed_and_each_is_meant_by_who_is_in_it() -> None:
    held = active_call(PEOPLE[1], id="b1" * 16, place="held", microphone="held")
    talk = Talk(ready(calls=(active_call(), held)))
    heard = await talk.says("calls", "swap alan", "hangup b1b1", "hold zoe", "end loudly now")
    assert "b1b1b1b1, ON HOLD, Alan Turing, ⛨ E2EE compared" in heard
    assert talk.engine.actions == [actions.Swap(call="b1" * 16), actions.HangUp(call="b1" * 16)]
    assert heard.count(said("N_UNKNOWN_CALL").whole) == 2


async def test_a_verb_with_other_words_says_how_it_is_written() -> None:
    heard = await Talk(IN_CALL).says("mute loudly", "dnd until noon")
    assert "Usage: mute [on | off | toggle]. Nothing was done." in heard
    assert "Usage: dnd [on | off | until TIME]. Nothing was done." in heard


async def test_what_happens_is_told() -> None:
    talk = Talk(ready())
    running = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    for call in (ringing_call(), active_call(direction="incoming")):
        talk.engine.change(call=call)
        await settle()
    first = NoteView(NOW, False, HOSTILE)
    talk.engine.change_call(notes=(first,))
    await settle()
    talk.engine.change_call(notes=(first, NoteView(NOW, False, "at eight", 1, f"Alan{HOSTILE}")))
    await settle()
    ended = said("G_ENDED", dur="1:00", who="Grace")
    talk.engine.change_call(phase="ended", end_reason=ended, events=(EventView(NOW, ended, 9),))
    await settle()
    talk.engine.die()
    await running
    assert "Grace Hopper calls. answer or decline?" in talk.heard
    assert "MIC ON." in talk.heard
    note = next(line for line in talk.heard if line.startswith("Note from"))
    assert note.startswith("Note from Grace Hopper: [@click=app.quit]Mallory[/] [31;1mred")
    assert not {"\x1b", "\x9b", "\u202e"} & set(note)
    [note] = [line for line in talk.heard if line.endswith(": at eight")]
    assert note.startswith("Note from Alan")
    assert not {"\x1b", "\x9b", "\u202e"} & set(note)
    assert sum("hung up" in line for line in talk.heard) == 1
    assert talk.heard[-2:] == [
        "Call ended after 1:00. Grace hung up. (call NAME)",  # though it is among the events, too
        "This screen lost the engine. The call may still be running.",
    ]


async def test_whether_word_was_left_is_told_once_it_is_known() -> None:
    talk = Talk(ready())
    running = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    offline = said("R_OFFLINE", "caller", peer="Grace")
    talk.engine.change(call=active_call(phase="ended", end_reason=offline))
    await settle()
    talk.engine.change_call(end_reason=dataclasses.replace(offline, why=said("G_WORD_LEFT").text))
    await settle()
    talk.engine.die()
    await running
    assert talk.heard[-3:-1] == ["Grace is offline. (call NAME)", "A missed call was left."]


async def test_a_long_name_does_not_hide_the_question() -> None:
    talk = Talk(ready())
    talk.engine.push(CallDelta("", None))
    prompt = Linear(talk.engine, talk.typed.get, talk.heard.append, UTC)
    talk.engine.snapshot = ready(call=ringing_call(person(HOSTILE)))
    talk.engine.die()
    await prompt.run()
    assert any("calls. answer or decline?" in line for line in talk.heard)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (standard_call(), "Grace Hopper calls, with Alan Turing. answer or decline?"),
        (
            crowd(9),
            "Person Number1 calls, with Person Number2, Person Number3 +5. answer or decline?",
        ),
    ],
)
async def test_who_else_is_called_is_said_where_a_call_of_several_rings(
    call: CallView, line: str
) -> None:
    talk = Talk(ready())
    at_prompt = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    talk.engine.change(call=replace(call, phase="ringing", ringing_here=True))
    await settle()
    talk.engine.die()
    assert line in await at_prompt


async def test_first_use() -> None:
    talk = Talk(new())
    talk.engine.refuse(SetUp, "unavailable", said("N_KEYRING"))
    await talk.says("", "Ada", "maybe", "on", "passphrase", "a long one")
    assert talk.engine.actions == [
        SetUp("Ada", True),
        SetUp("Ada", True, "", "passphrase", "a long one"),
    ]


async def test_a_refusal_is_a_sentence() -> None:
    talk = Talk(ready())
    talk.engine.refuse(actions.Call, "gate", said("R_OFFLINE", "caller", peer="Grace"))
    heard = await talk.says("call grace@acme")
    assert "Grace is offline. (call NAME)" in heard


async def test_a_locked_identity_asks_for_its_passphrase_or_waits_for_the_keyring() -> None:
    talk = Talk(ready(me=MeView("locked", "default", protection="passphrase")))
    heard = await talk.says("correct horse")
    assert "Nobody can restore a lost passphrase; tui-call restore FILE reads an export." in heard
    assert talk.engine.actions == [actions.Unlock("correct horse")]
    talk = Talk(ready(me=MeView("locked", "default", protection="keyring", asks_keyring=True)))
    heard = await talk.says("unlock")
    assert heard[0].startswith("This computer's keyring is asked for your key.")
    assert talk.engine.actions == [actions.Unlock("")]


async def test_a_link_for_another_device_is_a_line() -> None:
    talk = Talk(ready())
    talk.engine.results[actions.LinkDevice] = {"link": "tui-call://h:1/link?x", "expires": NOW}
    assert "tui-call://h:1/link?x" in await talk.says("link")


async def test_what_happens_in_a_call_is_told_once() -> None:
    talk = Talk(IN_CALL)
    talking = asyncio.create_task(talk.says(then_quits=False))
    await asyncio.sleep(0)
    held = EventView(NOW, said("G_HOLD", peer="Grace Hopper"))
    assert IN_CALL.front is not None
    talk.engine.change_call(on_hold=True, events=(*IN_CALL.front.events, held))
    talk.engine.change_call(quality="fair")
    await talk.engine.close()
    heard = await talking
    told = [line for line in heard if line.startswith("Grace Hopper is on hold and hears nothing.")]
    assert len(told) == 1


async def test_what_happens_is_told_although_the_list_of_it_is_full() -> None:
    call = IN_CALL.front
    assert call is not None
    events = [EventView(NOW + number, said("G_PEER_MUTED", peer="Grace")) for number in range(4)]
    notes = [NoteView(NOW + number, False, f"note {number}") for number in range(4)]
    talk = Talk(replace(IN_CALL, calls=(replace(call, events=events[:3], notes=notes[:3]),)))
    talking = asyncio.create_task(talk.says(then_quits=False))
    await asyncio.sleep(0)
    talk.engine.change_call(events=events[1:], notes=notes[1:], microphone="held")
    await talk.engine.close()
    heard = await talking
    assert heard.count("Grace muted the microphone.") == 1
    assert "Note from Grace Hopper: note 3" in heard
    assert "ON HOLD." in heard


async def test_what_the_engine_does_not_have_of_the_environment_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = SettingView("audio.port", "", "choice", "devices", "devices", "default")
    monkeypatch.setenv("TUI_CALL_AUDIO__PORT", "silent")
    heard = await Talk(ready(settings=(port,))).says()
    assert any(line.startswith(said("G_ENVIRONMENT").text) for line in heard)


async def test_a_swap_says_who_is_in_front_and_repeats_nothing() -> None:
    alan = active_call(PEOPLE[1], id="11" * 16, place="held", on_hold=True, shield=said("SH_SEEN"))
    talk = Talk(ready(calls=(active_call(), alan)))
    at_prompt = asyncio.create_task(talk.says("calls", then_quits=False))
    await settle()
    talk.engine.change(calls=(replace(alan, place="front"), active_call(place="held")))
    await settle()
    talk.engine.die()
    heard = await at_prompt
    assert "Alan Turing: ⛨ E2EE not compared. " + said("SH_SEEN").text in heard
    assert any("Alan Turing is still on hold" in line for line in heard)
    assert not any("Keys agreed" in line for line in heard)


async def test_the_end_of_a_call_behind_the_one_in_front_is_said() -> None:
    alan = active_call(PEOPLE[1], id="11" * 16, place="held")
    talk = Talk(ready(calls=(active_call(), alan)))
    at_prompt = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    over = said("G_ENDED", who="Alan Turing", dur="1:00")
    talk.engine.change(
        calls=(active_call(), replace(alan, phase="ended", place="over", end_reason=over))
    )
    await settle()
    talk.engine.die()
    assert any("Alan Turing hung up." in line for line in await at_prompt)


async def test_who_begins_to_wait_is_said_once_with_what_can_be_typed() -> None:
    zoe = ringing_call(PEOPLE[2], id="22" * 16, place="waiting")
    talk = Talk(IN_CALL)
    at_prompt = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    for waiting in (zoe, replace(zoe, silenced=True)):
        talk.engine.change(calls=(active_call(), waiting))
        await settle()
    talk.engine.die()
    told = said("T_LINE_WAITS", who=f"{zoe.member.name} waits").text
    assert (await at_prompt).count(told) == 1
