import dataclasses

import pytest
from msgspec.structs import replace

from tests.support.fake_engine import (
    CALL_ID,
    GRACE,
    HOSTILE,
    NOW,
    PEOPLE,
    active_call,
    person,
    ready,
    said,
)
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.control.views import EncryptionView, EventView, PersonView, ServiceView, SettingView
from tui_call.tui.screens.help import HelpScreen
from tui_call.tui.screens.invite import InviteScreen
from tui_call.tui.screens.keys import KeysScreen

ADMINISTRATOR = replace(ready().me, role="admin")


async def test_enter_and_c_call_the_chosen_person(start: Start) -> None:
    async with start(ready(), "enter", "j", "c", "end", "enter", "home", "c") as it:
        called = [action.person for action in it.engine.actions]
    assert called == ["grace@acme", "alan@acme", "echo@acme", "grace@acme"]


async def test_what_is_known_about_a_person_stands_below(start: Start) -> None:
    async with start(ready()) as it:
        assert "Compared on 14 Aug, 6 days ago, digits." in it.text
        assert "1 missed" in it.text
        await it.press("down", "down", "down")
        assert "The key changed. Ask them by another way; v shows the new key." in it.text
        assert "✖ KEY CHANGED" in it.text


async def test_with_whom_one_spoke_by_the_bridge_alone_there_was_no_e2ee_call(
    start: Start,
) -> None:
    spoken = person("Shafi Goldwasser", standing="new", last_call=NOW - 600, e2ee=said("SH_NEW"))
    async with start(ready(people=(spoken,))) as it:
        assert "New: you had no E2EE call yet." in it.text
        assert "today" in it.text


async def test_finding(start: Start) -> None:
    async with start(ready(), "slash", "q", "u", "z") as it:
        assert "Nobody by that name" in it.text
        await it.press("escape")
        assert "Grace Hopper" in it.text
        await it.press("slash", "t", "u", "r", "enter", "enter")
        assert it.engine.actions == [actions.Call("alan@acme")]
        await it.press("escape")
        assert "Radia Perlman" in it.text
        assert it.mode == "people"


async def test_keys_of_the_table_do_not_act_while_typing(start: Start) -> None:
    async with start(ready(call=active_call()), "1", "slash", "m", "b", "z", "q", "space") as it:
        assert it.engine.actions == []
        assert it.app.return_value is None
        await it.press("ctrl+o")
        assert it.engine.actions == [actions.Mute(call=CALL_ID)]


async def test_why_then_who_decided_then_close(start: Start) -> None:
    async with start(ready(), "i") as it:
        assert "! E2EE calls are on. You turned them on" in it.text
        await it.press("i")
        assert "decided by: Your own setting (client.toml)." in it.text
        await it.press("escape")
        assert "decided by" not in it.text
        assert it.mode == "people"


async def test_adding_checks_the_address_first(start: Start) -> None:
    async with start(ready(), "plus", "X", "enter") as it:
        assert "An address looks like ada@home" in it.text
        await it.press("backspace", *"eve", "at", *"acme", "enter")
        assert it.engine.actions == [actions.AddContact("eve@acme")]


async def test_blocking_asks(start: Start) -> None:
    async with start(ready(), "b", "enter") as it:
        assert it.engine.actions == []
        await it.press("b", "escape", "b", "down", "enter")
        assert it.engine.actions == [actions.Block("grace@acme")]
        it.engine.change(people=(person("Grace Hopper", blocked=True),))
        await it.settle()
        assert "○ blocked" in it.text
        assert "b Unblock" in it.text
        await it.press("b", "enter")
        assert len(it.engine.actions) == 1
        await it.press("b", "down", "enter")
        assert it.engine.actions[-1] == actions.Block("grace@acme", on=False)


async def test_an_invite_is_a_link_and_a_picture(start: Start) -> None:
    async with start(ready(me=ADMINISTRATOR), size=(80, 40)) as it:
        assert "I Invite" in it.text
        it.engine.results[actions.CreateInvite] = {"link": "tui-call://[::1]:7/a", "expires": 1e9}
        await it.press("I")
        assert isinstance(it.app.screen, InviteScreen)
        assert "tui-call://[::1]:7/a" in it.text
        assert "▀" in it.text
        await it.press("escape")
        assert "Grace Hopper" in it.text


@pytest.mark.parametrize("people", [PEOPLE, ()])
async def test_who_may_not_invite_is_told_who_may(
    start: Start, people: tuple[PersonView, ...]
) -> None:
    who = "Only administrators of Acme can invite."
    async with start(ready(people=people), size=(120, 40)) as it:
        assert "I Invite" not in it.text
        assert (who in it.text) == (not people), "in place of what the empty list offers"
        await it.press("ctrl+p")
        await it.type("brings somebody")
        await it.until(lambda: "brings somebody here" in it.text and who in it.text)
        await it.press("enter")
        await it.until(lambda: it.mode == "people" and who in it.text)
        await it.press("escape", "I")
        assert who in it.text
        assert it.engine.actions == []
        it.engine.change(me=ADMINISTRATOR)
        await it.settle()
        assert "I Invite" in it.text


async def test_the_other_screens_and_back(start: Start) -> None:
    async with start(ready()) as it:
        for key, mode in (("2", "calls"), ("3", "settings"), ("1", "people"), ("H", "calls")):
            await it.press(key)
            assert it.mode == mode
        assert "Alan" not in it.text
        await it.press("escape", "escape")
        assert it.mode == "people"
        await it.press("v")
        assert isinstance(it.app.screen, KeysScreen)
        await it.press("escape", "question_mark")
        assert isinstance(it.app.screen, HelpScreen)
        await it.press("escape")
        assert it.mode == "people"


async def test_do_not_disturb(start: Start) -> None:
    async with start(ready(), "z") as it:
        assert it.engine.actions == [actions.SetPresence("do_not_disturb")]


async def test_an_empty_list_says_what_to_do(start: Start) -> None:
    async with start(ready(me=ADMINISTRATOR, people=())) as it:
        assert "I   makes an invite link" in it.text
        assert "enter Call" not in it.text
        it.engine.change(people=(PEOPLE[-1],))
        await it.settle()
        assert "enter calls Echo: you hear yourself." in it.text


async def test_a_list_of_calls_that_cannot_be_says_so(start: Start) -> None:
    off = EncryptionView(on=False, status=said("OFF_SELF"), decided_by=said("SRC_SELF", file="x"))
    async with start(ready(encryption=off)) as it:
        assert "Call now    No call: E2EE is off for you." in it.text
        assert it.text.count("○ off for you") == len(PEOPLE) - 1
        assert "✖ KEY CHANGED" in it.text
    there = ServiceView("online", bridge=True)
    async with start(ready(encryption=off, service=there)) as it:
        assert "Call now    A standard call: the bridge of acme can hear." in it.text


async def test_a_refusal_is_explained(start: Start) -> None:
    async with start(ready()) as it:
        words = said("R_NO_STANDARD", "caller", who="Grace Hopper")
        why = said("Y_OWN_SETTING", "other side sees", peer="Grace Hopper")
        it.engine.refuse(actions.Call, "gate", dataclasses.replace(words, why=why.text))
        await it.press("enter")
        assert "! No call: E2EE is off for Grace Hopper." in it.text
        assert "Not E2EE: the E2EE setting of Grace Hopper is off." in it.text


async def test_why_a_call_was_refused_is_not_said_again_after_another_screen(start: Start) -> None:
    notice = EventView(NOW - 5, said("G_SERVICE_BACK"))
    async with start(ready(notices=(notice,)), "escape") as it:
        it.engine.refuse(actions.Call, "gate", said("SH_DIFFER", peer="Grace Hopper", date=""))
        await it.press("enter")
        assert " ! " in it.text
        await it.press("v", "escape")
        assert it.mode == "people"
        assert " ! " not in it.text
    async with start(ready(notices=(notice,)), "v", "escape") as it:
        assert notice.sentence.text in it.text


async def test_the_key_that_mutes_is_named_after_what_it_does_now(start: Start) -> None:
    async with start(ready(call=active_call(muted=True, microphone="muted")), "1") as it:
        assert it.mode == "people"
        assert "m Unmute" in it.text
        it.engine.change_call(muted=False, microphone="on")
        await it.settle()
        assert "m Mute" in it.text


async def test_hostile_names_stay_text(start: Start) -> None:
    hostile = person(HOSTILE, e2ee=None)
    async with start(ready(people=(hostile, GRACE))) as it:
        assert "[@click=app.quit]" in it.text
        assert not {"\x1b", "\x9b", "\u202e", "\x07", "\ufeff"} & set(it.text)
        assert all(len(line) <= 80 for line in it.text.splitlines())
        assert "│" not in it.text
        await it.pilot.click("#people", offset=(8, 1))
        await it.press("v", "escape", "b", "escape", "question_mark", "escape", "colon")
        assert it.app.return_value is None


async def test_details_of_a_past_call_are_shown_and_hidden_as_enter_says(start: Start) -> None:
    for size, says in (((80, 24), "enter Hide details"), ((60, 15), "enter Details")):
        async with start(ready(), "2", size=size) as it:
            for _ in range(3):
                assert says in it.text
                assert ("Missed on 20 Aug at 08:11:01." in it.text) == ("Hide" in says)
                await it.press("enter")
                says = "enter Details" if "Hide" in says else "enter Hide details"


async def test_a_remedy_names_the_key_that_does_it_now(start: Start) -> None:
    words = said("R_OWN_REQUIRE", "caller", peer="Grace Hopper")
    own_key = SettingView("keys.app.settings", "", "keys", "f9", "", "client.toml")
    for settings, shown in (((), "3 Settings"), ((own_key,), "f9 Settings")):
        async with start(ready(settings=settings)) as it:
            it.engine.refuse(actions.Call, "gate", words)
            await it.press("enter")
            assert f"   {shown}    esc Close" in it.text


async def test_in_a_large_organisation_the_service_is_asked_and_told_whose_rows_are_shown(
    start: Start,
) -> None:
    large = ready(service=ServiceView("online", more_people=True))
    async with start(large) as it:
        shown = tuple(person.account for person in PEOPLE)
        await it.until(lambda: {*it.engine.actions} >= {actions.FindPeople("")})
        await it.until(
            lambda: any(isinstance(one, actions.ShowPeople) for one in it.engine.actions)
        )
        told = [one for one in it.engine.actions if isinstance(one, actions.ShowPeople)]
        assert {*told[-1].accounts} == {*shown}
        assert f"{len(PEOPLE)}+ people" in it.text
        await it.press("slash", "q", "u", "e")
        await it.until(lambda: actions.FindPeople("que") in it.engine.actions)
        found = person("Quentin", account="quentin@acme", presence="free")
        it.engine.change(people=(*large.people, found))
        await it.until(lambda: "Quentin" in it.text)
        await it.press("enter", "enter")
        await it.until(lambda: actions.Call("quentin@acme") in it.engine.actions)


async def test_in_a_small_organisation_nobody_has_to_be_asked(start: Start) -> None:
    async with start(ready(), "slash", "q", "u", "escape", "j") as it:
        assert it.engine.actions == []


# By the bridge


async def test_people_are_called_by_the_bridge_one_or_several(start: Start) -> None:
    async with start(ready(), "s", "S") as it:
        assert it.engine.actions == [actions.Call("grace@acme", standard=True)]
        assert "Mark people with x first" in it.text
        assert "S Ring marked" not in it.text
        await it.press("x", "x", "x", "up", "x")
        assert "marked: 2" in it.text
        assert "S Ring marked" in it.text.splitlines()[-2]
        await it.press("S")
        assert "Ring 2 people" in it.text
        await it.press("escape")
        assert it.engine.actions[1:] == []
        assert "marked: 2" in it.text
        await it.press("S", "enter")
        both = actions.Call("grace@acme", others=("alan@acme",), standard=True)
        assert it.engine.actions[1:] == [both]
        await it.until(lambda: "marked" not in it.text)
        await it.press("x", "escape")
        assert "marked" not in it.text
        assert it.mode == "people"


async def test_of_several_all_who_answer_join_where_that_is_chosen(start: Start) -> None:
    async with start(ready(), "x", "x", "S") as it:
        assert "First answer takes it" in it.text
        await it.press("down", "enter")
        first, second = (person.account for person in ready().people[:2])
        assert it.engine.actions == [
            actions.Call(first, others=(second,), standard=True, all_join=True)
        ]


async def test_one_who_is_marked_alone_is_rung_without_a_question(start: Start) -> None:
    async with start(ready(), "x", "S") as it:
        assert it.engine.actions == [actions.Call(ready().people[0].account, standard=True)]
