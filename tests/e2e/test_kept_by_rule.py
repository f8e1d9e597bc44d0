"""A call that a policy has recorded, by commands; all but the commands are real processes."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.company import Company
from tests.support.engines import until
from tests.support.kept_sound import decoded, heard

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


ADA, BEN = 1, 2
"""Who says which tone of `kept_sound`."""


async def speak_by_rule(company: Company) -> None:
    """Let Ada and Ben speak, whose calls are recorded by rule."""
    await company.comes_under_rule("ben")
    await company.speak("ada", "ben")


async def the_one_kept(company: Company, name: str) -> dict[str, Any]:
    [kept] = json.loads(await company.says(name, "recordings", "--json"))["kept"]
    return kept


async def test_what_is_recorded_by_rule_is_so_before_anybody_is_heard_and_to_the_end(
    company: Company, tmp_path: Path
) -> None:
    await speak_by_rule(company)
    for name in ("ada", "ben"):
        call = company[name].call
        assert call.recording is not None
        assert (call.recording.by, call.recording.starting) == ("", False)
        assert call.own_kept == "kept"
        assert "G_REC_ON" in company[name].events
        assert "recorded by rule" in await company.is_refused(name, "record", "off")
        assert "recorded by rule" in await company.is_refused(name, "agree", "no")
        assert "recorded by rule" in await company.is_refused(name, "e2ee")
    await company.rest()
    # It is for auditors alone, and goes in its time.
    while (kept := await the_one_kept(company, "ben"))["state"] == "running":
        pass
    assert (kept["by"], kept["may_export"], kept["may_delete"]) == ("", False, False)
    for name in ("ben", "ada"):
        assert await company.is_refused(name, "recordings", "delete", kept["id"])
    assert await company.is_refused("ben", "recordings", "export", kept["id"], str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    await company.becomes("dora", "auditor")
    await company.says("dora", "recordings", "export", kept["id"], str(tmp_path))
    assert await company.is_refused("dora", "recordings", "delete", kept["id"])
    await company.becomes("dora", "member")
    [mix] = tmp_path.iterdir()
    assert {ADA, BEN} in heard(decoded(mix))
    assert (await the_one_kept(company, "ben"))["id"] == kept["id"]


async def test_a_rule_that_comes_while_people_speak_has_their_call_recorded(
    company: Company,
) -> None:
    await company.speak("cleo", "dora")
    assert company["cleo"].call.recording is None
    await company.says("ada", "admin", "policy", "new", "late", "--compliance-recording", "--yes")
    dora = company["dora"].account
    await company.says("ada", "admin", "policy", "grant", "late", "--user", dora, "--yes")
    for name in ("cleo", "dora"):
        await company[name].until(lambda one: one.call.own_kept == "kept")
        recording = company[name].call.recording
        assert recording is not None
        assert (recording.by, recording.starting) == ("", False)
        assert "G_REC_ON" in company[name].events
    await company.all_hear("cleo", "dora")


async def test_a_call_by_rule_is_over_once_its_audit_can_be_written_no_more(
    company: Company,
) -> None:
    await company.comes_under_rule("dora")
    await company.speak("cleo", "dora")
    with company.without_audit():
        await company.is_over_for("cleo", "dora")
    for name in ("cleo", "dora"):
        assert "N_COMPLIANCE" in company[name].events


async def test_a_recorder_that_hangs_is_replaced_before_the_time_is_up(company: Company) -> None:
    await speak_by_rule(company)
    [tap] = company.home.numbers("tui_call.tap")
    os.kill(tap, signal.SIGSTOP)
    for name in ("ada", "ben"):
        await company[name].until(lambda one: "G_KEPT_AGAIN" in one.events)
        assert company[name].events.index("G_KEPT_LOST") < company[name].events.index(
            "G_KEPT_AGAIN"
        )
    await until(lambda: tap not in company.home.numbers("tui_call.tap"))
    await company.all_hear("ada", "ben")


async def test_where_the_recorder_cannot_be_reached_the_call_ends_and_says_why(
    company: Company,
) -> None:
    """Its socket is gone; the next bridge looks for it in vain."""
    await speak_by_rule(company)
    [frames] = company.home.directory.rglob("frames.sock")
    frames.unlink()
    [bridge] = company.home.numbers("tui_call.bridge")
    os.kill(bridge, signal.SIGKILL)
    for name in ("ada", "ben"):
        await company[name].until(lambda one: one.call.ended)
        assert "N_COMPLIANCE" in company[name].events, company[name].events
        assert "G_KEPT_LOST" in company[name].events
