"""Administrators' commands through a real engine and a real service, store and audit."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.support.administrator import Administrator, at_the_command_line
from tests.support.one_process import Resident, Village, village
from tui_call.cli import cli

ROOT = Path(__file__).parents[3]
PEOPLE = """\
name,address,groups,role,external_id
Clerk,clerk,finance|staff,,
Cashier,cashier,finance,,
Chief,chief,staff,,
Temp,temp,,,
"""
POLICIES = """\
[[policy]]
name = "no-e2ee"
e2ee_calls = "disabled"

[[grant]]
policy = "no-e2ee"
group = "staff"

[[test]]
user = "chief"
e2ee_calls = "disabled"
"""


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    async with village(tmp_path, monkeypatch) as village_here:
        yield village_here


@pytest.fixture
async def ada(
    here: Village, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Administrator:
    """Ada, who administers, at a command line."""
    return at_the_command_line(await here.resident("ada"), monkeypatch, capsys)


@pytest.fixture
async def ben(here: Village, ada: Administrator) -> Resident:
    return await here.resident("ben")


def changing_verbs(group: click.Group, words: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return every command below that can be tried."""
    found: set[tuple[str, ...]] = set()
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found |= changing_verbs(command, (*words, name))
        elif command is not None and any("--what-if" in one.opts for one in command.params):
            found.add((*words, name))
    return found


def all_changing_verbs() -> set[tuple[str, ...]]:
    admin = cli.get_command(click.Context(cli), "admin")
    assert isinstance(admin, click.Group)
    return changing_verbs(admin)


def scenario(files: Path, device: str) -> list[tuple[str, ...]]:
    """Return a change by every verb, each possible after those before it."""
    (files / "people.csv").write_text(PEOPLE)
    (files / "policies.toml").write_text(POLICIES)
    return [
        ("user", "import", str(files / "people.csv")),
        ("user", "add", "dan", "--name", "Dan", "--group", "staff"),
        ("user", "invite", "clerk"),
        ("user", "role", "clerk", "auditor"),
        ("user", "disable", "temp", "--yes"),
        ("user", "enable", "temp"),
        ("group", "new", "legal"),
        ("group", "add", "legal", "clerk", "temp"),
        ("group", "drop", "legal", "temp", "--yes"),
        ("group", "rename", "legal", "law"),
        ("policy", "new", "finance-e2ee", "--e2ee-calls", "user_choice"),
        ("policy", "set", "finance-e2ee", "--require-compared"),
        ("policy", "rename", "finance-e2ee", "money-e2ee"),
        ("policy", "grant", "money-e2ee", "--group", "finance", "--rank", "1"),
        ("policy", "apply", str(files / "policies.toml")),
        ("policy", "grant", "money-e2ee", "--user", "temp"),
        ("policy", "grant", "money-e2ee", "--org"),
        ("policy", "grant", "organisation", "--org"),
        ("policy", "grant", "-", "--user", "temp", "--yes"),
        ("policy", "grant", "-", "--group", "finance", "--yes"),
        ("policy", "remove", "money-e2ee", "--yes"),
        ("audit", "revert", "{last}", "--yes"),
        ("group", "remove", "law", "--yes"),
        ("device", "revoke", device[:8], "--yes"),
        ("user", "remove", "temp", "--yes"),
    ]


def told(outcome: Any) -> Any:
    """Return what a try and a change tell alike; which of two new groups comes first is chance."""
    alike = {name: outcome[name] for name in ("effects", "kept", "moved_down", "notes")}
    rows = [{**row, "after": _timeless(row["after"])} for row in outcome["rows"]]
    return {**alike, "rows": sorted(rows, key=lambda row: (row["table"], row["key"]))}


def _timeless(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    """Leave out when an invite was made and ends, which is later than for a try before."""
    times = ("created", "expires")
    return fields and {name: value for name, value in fields.items() if name not in times}


async def everything(ada: Administrator) -> list[str]:
    """Return all that administrators can see of the organisation."""
    lists = (
        ("user", "list"), ("group", "list"), ("device", "list"), ("policy", "list"),
        ("audit", "list"), ("user", "export"), ("policy", "export"),
    )  # fmt: skip
    return [await ada.done(*words) for words in lists]


@pytest.mark.lengthy
async def test_every_verb_does_what_its_try_has_told_and_the_audit_keeps_both_sides(
    ada: Administrator, ben: Resident, tmp_path: Path
) -> None:
    last, used = "", set[tuple[str, ...]]()
    for words in scenario(tmp_path, ben.device):
        words = tuple(word.format(last=last) for word in words)
        used.add(words[:2])
        before = await everything(ada)
        tried = await ada.admin(*words, "--what-if", "--exit-code", "--json")
        assert (tried.status, tried.errors) == (10, ""), words
        assert await everything(ada) == before, words
        done = await ada.admin(*words, "--json")
        assert (done.status, done.errors) == (0, ""), words
        assert told(done.json) == told(tried.json), words
        assert tried.json["change"] == 0
        last = str(done.json["change"])
        shown = (await ada.admin("audit", "show", last, "--json")).json
        assert (shown["change"]["actor"], shown["change"]["device"]) == (
            ada.resident.account,
            ada.resident.device,
        )
        assert shown["rows"] == done.json["rows"], words
        assert all(row["before"] != row["after"] for row in shown["rows"])
    assert used == all_changing_verbs()


async def organised(ada: Administrator, files: Path) -> str:
    """Have people, groups and grants; return what stands behind the @ here."""
    (files / "people.csv").write_text(PEOPLE)
    (files / "feed.csv").write_text("name,address,groups\nFeed,feed,\n")
    for words in (
        ("user", "import", str(files / "people.csv")),
        ("user", "import", str(files / "feed.csv"), "--source", "hr"),
        ("policy", "new", "no-e2ee", "--e2ee-calls", "disabled"),
        ("policy", "new", "finance-e2ee", "--e2ee-calls", "user_choice"),
        ("policy", "grant", "finance-e2ee", "--group", "finance"),
    ):
        await ada.done(*words)
    return ada.resident.account.partition("@")[2]


BAD = [
    (("user", "show", "clark"), "Did you mean clerk@"),
    (("user", "disable", "clark", "--yes"), "Did you mean clerk@"),
    (("group", "add", "finanze", "clerk"), "Did you mean finance?"),
    (("policy", "grant", "finance-e2e", "--org"), "Did you mean finance-e2ee?"),
    (("policy", "grant", "no-e2ee", "--group", "stuff"), "Did you mean staff?"),
    (("policy", "show", "no-e2e"), "Did you mean no-e2ee?"),
    (("policy", "explain", "clark"), "Did you mean clerk@"),
    (("policy", "explain", "clerk", "--call", "clerk"), "A call needs two people"),
    (("policy", "who", "no-e2e"), "Did you mean no-e2ee?"),
    (("policy", "new", "no e2ee", "--relay-only"), "no space"),
    (("policy", "new", "no-e2ee", "--relay-only"), "There is a policy no-e2ee already"),
    (("policy", "new", "calls", "--relay-only"), "There is a policy calls already"),
    (("policy", "new", "x", "--relay-only", "--captions"), "two kinds"),
    (("policy", "set", "no-e2ee", "--captions"), "captions"),
    (("policy", "set", "calls", "--park-group", "finanze"), "Did you mean finance?"),
    (("policy", "grant", "no-e2ee", "--group", "staff", "--rank", "0"), "The highest rank is 1."),
    (("policy", "remove", "organisation", "--yes"), "organisation"),
    (("policy", "remove", "finance-e2ee", "--yes"), "group finance"),
    (("policy", "grant", "-", "--org", "--yes"), "The organisation always has a policy"),
    (("policy", "grant", "-", "--group", "staff", "--yes"), "Nothing of that kind is granted"),
    (("group", "remove", "finance", "--yes"), "finance-e2ee"),
    (("user", "role", "ada", "member"), "is the last administrator"),
    (("user", "disable", "ada", "--yes"), "is the last administrator"),
    (("user", "remove", "ada", "--yes"), "is the last administrator"),
    (("user", "add", "clerk"), "is there already"),
    (("user", "add", "clerk@elsewhere"), "is of another organisation"),
    (("user", "add", "guest.one"), "guest."),
    (("user", "role", "feed", "admin"), "is kept by hr"),
    (("user", "remove", "feed", "--yes"), "is kept by hr"),
    (("device", "revoke", "0123"), "No device begins with 0123"),
    (("device", "revoke", ""), "No device begins with"),
    (("audit", "revert", "999", "--yes"), "There is no change 999"),
    (("audit", "show", "999"), "There is no change 999"),
]


async def test_what_cannot_be_is_refused_with_what_helps_and_changes_nothing(
    ada: Administrator, tmp_path: Path
) -> None:
    await organised(ada, tmp_path)
    before = await everything(ada)
    for words, told_why in BAD:
        said = await ada.admin(*words)
        assert (said.status, said.output) == (3, ""), (words, said)
        assert told_why in said.errors, words
        assert len(said.errors.splitlines()) == 1
    assert await everything(ada) == before


async def test_what_there_is_is_shown_in_words(
    ada: Administrator, ben: Resident, tmp_path: Path
) -> None:
    here = await organised(ada, tmp_path)
    await ada.done("policy", "grant", "no-e2ee", "--user", "clerk")
    shown = {
        ("user", "show", "clerk"): [f"clerk@{here} Clerk", "  groups ", "  granted ", "no-e2ee"],
        ("user", "show", "ben"): ["device", "(online)"],
        ("group", "list"): ["finance  2 ", "finance-e2ee (rank 1)"],
        ("group", "show", "finance"): [
            "finance: 2 people, kept by -",
            "granted finance-e2ee to group finance, rank 1: 1",
            f"cashier@{here}  Cashier",
        ],
        ("device", "list", "ben"): [ben.device, "online"],
        ("policy", "show", "no-e2ee"): [
            "policy no-e2ee (encryption): 1 person",
            "  e2ee_calls        disabled",
            f"granted no-e2ee to clerk@{here}: 1",
        ],
        ("policy", "who", "no-e2ee"): [f"clerk@{here}  -"],
        ("policy", "who", "finance-e2ee"): [f"cashier@{here}  group finance, rank 1"],
        ("policy", "explain", "ada", "--kind", "calling"): [f"ada@{here}: calls", "applies"],
        ("audit", "list", "--actor", "ada", "--since", "2020-01-01"): ["policy.grant"],
        ("report",): ["never seen", "no-e2ee       disabled"],
    }  # fmt: skip
    for words, lines in shown.items():
        said = await ada.done(*words)
        assert [line for line in lines if line not in said] == [], (words, said)
    for words in (("device", "list", "chief"), ("user", "list", "nobody")):
        assert (await ada.done(*words)).startswith("No")
    number = (await ada.admin("audit", "list", "--json")).json["changes"][0]["change"]
    told_again = await ada.done("audit", "show", str(number))
    assert told_again.splitlines()[1] == f"no-e2ee is granted to clerk@{here}"


async def test_a_rank_beyond_the_end_becomes_the_last_and_is_told(
    ada: Administrator, tmp_path: Path
) -> None:
    await organised(ada, tmp_path)
    said = await ada.done("policy", "grant", "no-e2ee", "--group", "staff", "--rank", "9")
    assert "to group staff, rank 2" in said
    assert "Rank 9 is beyond the end: it becomes 2, the last." in said


async def test_more_than_twenty_people_go_only_where_the_number_is_said(
    ada: Administrator, tmp_path: Path
) -> None:
    file = tmp_path / "hr.csv"
    file.write_text("address\n" + "".join(f"p{number}\n" for number in range(30)))
    feed = ("user", "import", str(file), "--source", "hr", "--missing", "disable", "--yes")
    await ada.done(*feed)
    file.write_text("address\n" + "".join(f"p{number}\n" for number in range(5)))
    said = await ada.admin(*feed)
    assert (said.status, said.output) == (3, "")
    assert "--removals 25" in said.errors
    assert (await ada.admin(*feed, "--removals", "24")).status == 3
    assert "25 people disabled." in await ada.done(*feed, "--removals", "25")


async def test_a_role_that_may_not_has_a_status_of_its_own(
    ada: Administrator, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_ben = at_the_command_line(ben, monkeypatch, ada.capture)
    assert (await as_ben.admin("report")).status == 4
    at_the_command_line(ada.resident, monkeypatch, ada.capture)
    await ada.done("user", "role", ben.account, "auditor")
    at_the_command_line(ben, monkeypatch, ada.capture)
    assert (await as_ben.admin("report")).status == 0
    said = await as_ben.admin("group", "new", "mine")
    assert (said.status, said.output) == (4, "")


async def test_of_two_administrators_the_second_sees_what_is_different_now(
    ada: Administrator, tmp_path: Path
) -> None:
    await organised(ada, tmp_path)
    read = (await ada.admin("policy", "list", "--json")).json["epoch"]
    epoch = f'{{"timeline": {read["timeline"]}, "number": {read["number"]}}}'
    await ada.done("policy", "grant", "no-e2ee", "--group", "staff", "--rank", "1")
    grant = ("policy", "grant", "finance-e2ee", "--group", "staff")
    said = await ada.admin(*grant, "--expected-epoch", epoch)
    assert said.status == 5
    assert said.errors.startswith("tui-call: Changed by ")
    assert "would grant finance-e2ee to group staff, rank 1 in place of no-e2ee" in said.output
    assert said.output.endswith("Nothing was changed.\n")


async def test_the_example_of_a_rollout_is_applied_if_its_tests_hold(
    ada: Administrator, tmp_path: Path
) -> None:
    here = ada.resident.account.partition("@")[2]
    (tmp_path / "people.csv").write_text(PEOPLE)
    await ada.done("user", "import", str(tmp_path / "people.csv"))
    example = (ROOT / "config" / "policies.toml").read_text()
    file = tmp_path / "policies.toml"
    file.write_text(example.replace("@acme", f"@{here}"))
    apply = ("policy", "apply", str(file))
    await ada.done("group", "new", "pilot")
    said = await ada.admin(*apply)
    assert (said.status, said.output) == (3, "")
    assert "Test 1 of the file fails" in said.errors
    await ada.done("group", "add", "pilot", "clerk")
    told_before = await ada.done(*apply, "--what-if")
    assert "would grant e2ee-rollout to group pilot, rank 1" in told_before
    assert "e2ee-rollout (user_choice)" in told_before
    assert "is granted to group pilot" in await ada.done(*apply)
    assert await ada.done(*apply) == "Nothing to change.\n"
    explained = await ada.done("policy", "explain", "clerk")
    assert explained.startswith(f"clerk@{here}: user_choice, by e2ee-rollout\n")
    explained = await ada.done("policy", "explain", "chief", "--call", "clerk")
    assert f"call to clerk@{here}: refused, Y_OWN_POLICY at chief@{here} (org" in explained
    exported = tmp_path / "exported.toml"
    exported.write_text(await ada.done("policy", "export"))
    assert await ada.done("policy", "apply", str(exported), "--prune", "--yes") == (
        "Nothing to change.\n"
    )


async def test_however_many_have_a_policy_all_its_grants_are_exported_and_none_is_pruned(
    ada: Administrator, tmp_path: Path
) -> None:
    names = [f"x{number:03}" for number in range(120)]
    people, users = tmp_path / "people.csv", tmp_path / "users.txt"
    people.write_text("address,groups\n" + "".join(f"{one},{one}\n" for one in names))
    users.write_text("\n".join(names))
    file = tmp_path / "policies.toml"
    grants = (f'[[grant]]\npolicy = "some"\ngroup = "{one}"\n' for one in names)
    file.write_text('[[policy]]\nname = "some"\nrelay_only = true\n' + "".join(grants))
    await ada.done("user", "import", str(people))
    await ada.done("policy", "apply", str(file))
    await ada.done("policy", "grant", "some", "--users", str(users))
    exported = await ada.done("policy", "export")
    assert [exported.count(f"\n{to} = ") for to in ("group", "user", "rank")] == [120, 120, 120]
    file.write_text(exported)
    assert (
        await ada.done("policy", "apply", str(file), "--prune", "--yes") == "Nothing to change.\n"
    )


async def test_what_was_exported_is_imported_as_it_is(ada: Administrator, tmp_path: Path) -> None:
    await organised(ada, tmp_path)
    await ada.done("user", "add", "mallory", "--name", "=1+1\x1b[31m, \u202eMallory")
    exported = await ada.done("user", "export")
    assert '"\'=1+1[31m, Mallory"' in exported
    assert "\x1b" not in exported
    file = tmp_path / "exported.csv"
    file.write_text("\n".join(line for line in exported.splitlines() if "feed@" not in line))
    assert await ada.done("user", "import", str(file)) == "Nothing to change.\n"
    export = (await ada.admin("audit", "export")).output.splitlines()
    assert all(line.startswith('{"change":') for line in export)
    assert not any("\x1b" in line for line in export)
