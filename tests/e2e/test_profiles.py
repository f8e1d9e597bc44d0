"""Profiles as processes: beginning, beginning again, and what keeps one from beginning."""

import asyncio
from pathlib import Path

import pytest

from tests.support.engines import Home, a_call, place, until
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import Answer, Call, Note, SetUp, Unlock
from tui_call.control.client import EngineUnreachable
from tui_call.control.door import Door
from tui_call.sentences import sentence

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_two_people_who_begin_at_once_have_one_service_and_can_call(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        ada, ben = await asyncio.gather(home.engine("ada"), home.engine("ben"))
        await asyncio.gather(ada.set_up("Ada Lovelace"), ben.set_up("Ben"))
        assert ada.snapshot.me.organisation == ben.snapshot.me.organisation
        assert {ada.account.partition("@")[0], ben.account.partition("@")[0]} == {
            "ada.lovelace",
            "ben",
        }
        assert len(home.numbers("serve")) == 1
        await ada.until(lambda one: any(found.name == "Ben" for found in one.snapshot.people))
        async with a_call(ada, ben):
            assert ada.call.member.code is not None
            assert ben.call.member.code is not None
            assert ada.call.member.code.digits == ben.call.member.code.digits


async def test_a_second_engine_of_a_profile_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        ada = await home.engine("ada")
        said = await home.command("--profile", "ada", "engine")
        assert (said.status, said.output) == (1, "")
        (line,) = said.errors.splitlines()
        assert line.startswith("tui-call: ")
        assert (await home.attach("ada")).snapshot.me == ada.snapshot.me
        # There is no keyring here: set-up says so, and works in another way.
        assert (await ada.refused(SetUp("Ada", e2ee=True))).code == "N_KEYRING"
        await ada.set_up("Ada")
        assert ada.snapshot.me.protection == "plain"


async def test_a_passphrase_locks_the_profile_until_it_is_typed(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        ada = await home.engine("ada")
        await ada.order(
            SetUp("Ada", e2ee=True, protection="passphrase", passphrase="correct horse")
        )
        account = ada.account
        await ada.stop()
        await ada.start()
        assert ada.snapshot.me.state == "locked"
        assert ada.snapshot.encryption.status.code == "OFF_IDENTITY_LOCKED"
        assert (await ada.refused(Call("echo"))).code == "Y_OWN_LOCKED"
        said = await home.command("--profile", "ada", "call", "echo", "--headless")
        assert (said.status, said.errors.count("\n")) == (1, 1)
        assert "locked" in said.errors
        wrong = await ada.refused(Unlock("battery staple"))
        assert "passphrase" in wrong.text
        assert ada.snapshot.me.state == "locked"
        await ada.order(Unlock("correct horse"))
        await ada.until(lambda one: one.snapshot.service.state == "online")
        assert (ada.snapshot.me.state, ada.account) == ("ready", account)
        assert "correct horse" not in ada.log
        assert "battery staple" not in ada.log


async def test_an_idle_engine_and_its_service_end_by_themselves(tmp_path: Path) -> None:
    short = {"TUI_CALL_ENGINE__END_WHEN_IDLE_S": "1", "TUI_CALL_SERVICE__IDLE_END_S": "1"}
    async with Home(tmp_path, **short) as home:
        ada = await home.person("ada")
        await ada.client.close()
        assert await asyncio.to_thread(ada.process.wait, 30) == 0
        await until(lambda: not home.processes)
        with pytest.raises(EngineUnreachable):
            await home.attach("ada")
        assert not Door.of(ProfilePaths("ada")).find().exists()


async def test_a_call_whose_engine_was_killed_is_among_the_past_ones(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        ada, ben = await home.person("ada"), await home.person("ben")
        async with a_call(ada, ben):
            assert ada.snapshot.history == ()
        await ada.until(lambda one: len(one.snapshot.history) == 1)
        await place(ada, ben)
        await ben.order(Answer())
        await ada.until(lambda one: one.phase == "active")
        await ada.order(Note("kept before it is answered"))
        assert len(ada.snapshot.history) == 1, "a call that is on is not past"
        await ada.kill()
        await ada.start()
        reasons = [call.end_reason.code for call in ada.snapshot.history]
        assert reasons == ["G_CUT_OFF", "G_ENDED"]
        assert ada.snapshot.history[0].seconds == 0, "nobody was left to say how long it was"


async def test_a_broken_configuration_leaves_the_defaults(tmp_path: Path) -> None:
    text = '[e2ee]\ncalls = "sometimes"\n\n[audio]\nloudness = 11\n'
    async with Home(tmp_path) as home:
        file = ProfilePaths("ada").client_files.user
        file.parent.mkdir(parents=True)
        file.write_text(text)
        ada = await home.engine("ada")
        told = {notice.sentence.code: notice.sentence for notice in ada.snapshot.notices}
        assert set(told) == {"G_CONFIG", "G_CONFIG_VALUE"}
        assert told["G_CONFIG_VALUE"].text.startswith("client.toml line 2: ")
        assert told["G_CONFIG_VALUE"].why.startswith("e2ee.calls: ")
        assert "require" in told["G_CONFIG_VALUE"].why, "what is allowed is said"
        assert told["G_CONFIG"].text.startswith("client.toml line 5: ")
        assert told["G_CONFIG"].why.startswith("audio.loudness: ")
        assert ada.snapshot.encryption.device_setting == "follow"
        assert file.read_text() == text


async def test_people_are_listed_and_meant_as_soon_as_the_engine_has_begun(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        ada = await home.person("ada")
        await home.person("ben")
        await ada.stop()
        said = await home.command("--profile", "ada", "contacts")
        assert (said.status, said.errors) == (0, "")
        assert "Ben, ben@" in said.output
        assert (await home.command("--profile", "ada", "stop")).status == 0
        said = await home.command("--profile", "ada", "block", "ben")
        assert said.output == f"{sentence('V_BLOCKED').text}\n"
        assert (await home.command("--profile", "ada", "stop")).status == 0
        nobody = ada.account.replace("ada@", "nobody@")
        said = await home.command("--profile", "ada", "contact", nobody)
        assert said.errors == f"tui-call: {sentence('R_NO_USER', addr=nobody).whole}\n"


async def test_commands_without_an_engine_or_a_name_say_one_sentence(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        no_engine = [("status",), ("keys",), ("mute",), ("hangup",), ("stop",)]
        no_name = [("call", "ben", "--headless"), ("invite",)]
        for arguments in (
            *no_engine,
            *no_name,
            ("join", "nonsense"),
            ("--profile", "A B", "status"),
        ):
            said = await home.command(*arguments)
            assert said.status in (1, 2)
            assert said.output == ""
            assert "Traceback" not in said.errors
            assert said.errors.splitlines()[-1].startswith(("tui-call: ", "Error: "))
