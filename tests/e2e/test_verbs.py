"""Commands for people, presence, notes and scripts, and what is no call: by real engines."""

import asyncio
import json
import signal
from datetime import datetime, timedelta

import pytest

from tests.support.engines import Said, Street, a_call, hang_up, place, said_by
from tui_call.sentences import sentence

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def says(street: Street, profile: str, *words: str) -> Said:
    return await street.home.command("--profile", profile, *words)


async def test_an_order_for_no_call_is_one_sentence_and_changes_nothing(street: Street) -> None:
    ada, ben = street.ada, street.ben
    async with a_call(ada, ben):
        over = ada.call.id
    async with a_call(ada, ben):
        before = ada.call
        wrong = {
            ("hangup", "zoe"): "N_UNKNOWN_CALL",
            ("hangup", "0" * 32): "N_UNKNOWN_CALL",
            ("hold", "../x"): "N_UNKNOWN_CALL",
            ("hangup", over): "N_CALL_OVER",
            ("swap",): "N_NO_OTHER_CALL",
        }
        told = await asyncio.gather(*(says(street, "ada", *words) for words in wrong))
        for said, code in zip(told, wrong.values(), strict=True):
            assert (said.status, said.output) == (1, "")
            assert said.errors == f"tui-call: {sentence(code).whole}\n"
        assert ada.call.phase == "active"
        assert (ada.call.id, ada.call.on_hold) == (before.id, before.on_hold)


async def test_a_call_is_declined_and_one_is_held_and_noted_by_name(street: Street) -> None:
    ada, cleo = street.ada, street.cleo
    await place(cleo, ada)
    assert (await says(street, "ada", "decline", "cleo")).output == "Declined.\n"
    await cleo.until(lambda one: one.phase == "ended")
    assert cleo.call.end_reason is not None
    assert cleo.call.end_reason.code == "R_DECLINED"
    async with a_call(cleo, ada):
        assert " ON HOLD " in (await says(street, "ada", "hold", "cleo")).output
        await cleo.until(lambda one: one.call.member.holding)
        assert (await says(street, "ada", "talk", "on")).status == 0
        await says(street, "ada", "hold")
        assert (await says(street, "ada", "talk", "off")).output == "MUTED\n"
        assert (await says(street, "ada", "talk", "toggle")).output == "MIC ON\n"
        assert (await says(street, "ada", "note", "at", "eight")).status == 0
        await cleo.until(lambda one: [note.text for note in one.call.notes] == ["at eight"])


async def test_people_are_kept_blocked_and_forgotten(street: Street) -> None:
    ada, ben = street.ada, street.ben
    assert (await says(street, "ben", "contact", ada.account)).status == 0
    kept = (await says(street, "ben", "contacts", "--json")).json["people"]
    assert [one["contact"] for one in kept if one["account"] == ada.account] == [True]
    assert (await says(street, "ben", "block", "ada")).status == 0
    blocked = (await says(street, "ben", "contacts", "--json")).json["people"]
    assert [one["blocked"] for one in blocked if one["account"] == ada.account] == [True]
    await says(street, "ben", "unblock", "ada")
    async with a_call(ada, ben):
        pass
    past = (await says(street, "ben", "history", "--json")).json["history"]
    assert past[0]["members"][0]["account"] == ada.account
    told = (await says(street, "ben", "forget", ada.account)).output
    assert told == f"{sentence('V_FORGOTTEN', 'listed').text}\n"
    past = (await says(street, "ben", "history", "--json")).json["history"]
    assert [one for one in past if one["members"][0]["account"] == ada.account] == []
    nobody = await says(street, "ben", "block", "zoe")
    assert (nobody.status, nobody.errors.count("\n")) == (1, 1)


async def test_not_to_be_disturbed_until_a_time_is_shown(street: Street) -> None:
    until = (datetime.now().astimezone() + timedelta(hours=2)).replace(second=0, microsecond=0)
    told = await says(street, "ada", "dnd", "until", f"{until:%H:%M}")
    assert told.output == f"Do not disturb until {until:%H:%M}.\n"
    state = (await says(street, "ada", "status", "--json")).json
    assert state["presence"] == "do_not_disturb"
    assert state["presence_until"] == until.timestamp()
    assert (await says(street, "ada", "dnd")).output == "Free.\n"
    wrong = await says(street, "ada", "dnd", "until", "noon")
    assert wrong.status == 1
    assert "dnd [on | off | until TIME]" in wrong.errors


async def test_a_script_follows_a_call_line_by_line(street: Street) -> None:
    ada, ben = street.ada, street.ben
    watching = await street.home.begin("--profile", "ben", "watch", "--json")
    assert watching.stdout is not None
    first = json.loads(await watching.stdout.readline())
    assert first["type"] == "snapshot"
    await place(ada, ben)
    call = ben.call.id
    await hang_up(ada, ben)
    lines: list[dict[str, object]] = []
    async with asyncio.timeout(30):
        while not any(_phase(line, call) == "ended" for line in lines):
            lines.append(json.loads(await watching.stdout.readline()))
    assert "ringing" in [_phase(line, call) for line in lines]
    watching.send_signal(signal.SIGINT)  # ctrl+c is how it ends
    ended = await said_by(watching)
    assert (ended.status, ended.errors) == (0, "")


def _phase(line: dict[str, object], call: str) -> object:
    """Return the phase of a call where a line says it."""
    value = line.get("call")
    is_of_it = line["type"] == "call" and line["id"] == call and isinstance(value, dict)
    return value["phase"] if is_of_it and isinstance(value, dict) else None
