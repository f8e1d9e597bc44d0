"""Two devices of one person, as processes, by the commands that a person types."""

from pathlib import Path

import pytest

from tests.support.engines import Home, Person, a_call, place
from tests.support.linked import linked
from tui_call.control.actions import Answer, Call, HangUp

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_second_device_is_linked_calls_and_is_removed(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        ada, ben = await home.person("ada"), await home.person("ben")
        laptop = await linked(home, "ada", "laptop")
        assert laptop.account == ada.account
        for profile in ("ada", "laptop"):
            said = await home.command("--profile", profile, "device", "list", "--json")
            views = {view["name"]: view for view in said.json}
            assert len(views) == 2
            assert all(view["online"] for view in views.values())
            assert views["laptop"]["here"] == (profile == "laptop")
        lines = (await home.command("--profile", "ada", "device", "list")).output
        assert "has the account's key" in lines
        assert "(online, linked " in lines

        for device in (laptop, ada):
            async with a_call(device, ben):
                assert device.call.member.code is not None
                assert ben.call.member.code is not None
                assert device.call.member.code.digits == ben.call.member.code.digits
                assert ben.call.member.person.standing != "changed"

        said = await home.command("--profile", "laptop", "device", "remove", names(laptop), "--yes")
        assert (said.status, "is on another device of yours" in said.errors) == (1, True)
        said = await home.command("--profile", "ada", "device", "remove", "laptop", "--yes")
        assert said.status == 0, said.errors
        assert said.output.startswith("laptop (")
        await laptop.until(lambda one: one.snapshot.service.state == "refused")
        assert laptop.snapshot.service.problem is not None
        assert laptop.snapshot.service.problem.code == "R_REVOKED"
        said_no = await laptop.refused(Call(ben.account))
        assert said_no.text.startswith("This device was removed from ")

        # Its login is turned away however often it tries; the others go on.
        await laptop.stop()
        again = await home.engine("laptop")
        await again.until(lambda one: one.snapshot.service.state == "refused")
        async with a_call(ada, ben):
            assert ben.call.member.account == ada.account


async def test_both_devices_ring_and_the_first_to_answer_wins(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        ada, ben = await home.person("ada"), await home.person("ben")
        laptop = await linked(home, "ada", "laptop")
        for first, other in ((laptop, ada), (ada, laptop)):
            await place(ben, first)
            await other.until(lambda one: one.phase == "ringing" and one.call.ringing_here)
            assert ben.call.member.code is None
            await first.order(Answer())
            await other.until(lambda one: one.phase == "ended")
            assert other.call.end_reason is not None
            assert other.call.end_reason.text == f"You answered on {names(other)}."
            for person in (first, ben):
                await person.until(lambda one: one.phase == "active")
                await person.hears_more()
            assert ben.call.member.code is not None
            assert first.call.member.code is not None
            assert ben.call.member.code.digits == first.call.member.code.digits
            await ben.order(HangUp())
            for person in (first, ben):
                await person.until(lambda one: one.phase == "ended")
            assert {call.direction for call in other.snapshot.history} == {"incoming"}


def names(person: Person) -> str:
    """Return how a person's other device is called where they see it."""
    [other] = [device.name for device in person.snapshot.me.devices if not device.here]
    return other


async def test_links_that_are_wrong_or_used_are_told_in_one_sentence(tmp_path: Path) -> None:
    async with Home(tmp_path) as home:
        await home.person("ada")
        printed = await home.command("--profile", "ada", "device", "link", "--no-qr", "--no-wait")
        link = printed.output.splitlines()[0]
        await linked(home, "ada", "laptop")
        await home.engine("desk")
        for tried, words in (
            (link, "no longer valid"),
            (link.rpartition("&")[0], "no device link"),
        ):
            said = await home.command("--profile", "desk", "join", tried, "--protection", "plain")
            assert (said.status, said.output) == (1, "")
            (line,) = said.errors.splitlines()
            assert line.startswith("tui-call: ")
            assert words in line
