"""A call that a policy has recorded, by commands; all but the commands are real processes."""

import json

import pytest

from tests.support.company import Company

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_recorded_by_rule_is_so_before_anybody_is_heard_and_to_the_end(
    company: Company,
) -> None:
    rule = ("--compliance-recording", "--recording", "--yes")
    await company.says("ada", "admin", "policy", "new", "bank", *rule)
    ben = company["ben"].account
    await company.says("ada", "admin", "policy", "grant", "bank", "--user", ben, "--yes")
    await company["ben"].until(lambda one: not one.snapshot.encryption.on)
    await company.speak("ada", "ben")
    for name in ("ada", "ben"):
        call = company[name].call
        assert call.recording is not None
        assert (call.recording.by, call.recording.starting) == ("", False)
        assert call.own_kept == "kept"
        assert "G_REC_ON" in company[name].events
        assert "recorded by rule" in await company.is_refused(name, "record", "off")
    await company.rest()
    # It is for auditors alone, and goes in its time.
    [kept] = json.loads(await company.says("ben", "recordings", "--json"))["kept"]
    assert (kept["by"], kept["may_export"], kept["may_delete"]) == ("", False, False)
    for name in ("ben", "ada"):
        assert await company.is_refused(name, "recordings", "delete", kept["id"])
    assert await company.is_refused("ben", "recordings", "export", kept["id"], ".")
    [kept_still] = json.loads(await company.says("ben", "recordings", "--json"))["kept"]
    assert kept_still["id"] == kept["id"]
