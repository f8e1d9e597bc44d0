"""How administrators' commands end: exit statuses, what goes where, and who is asked before."""

import sys
from typing import Any

import msgspec
import pytest

from tests.cli.admin.desk import EPOCH, Desk
from tests.support.fake_engine import said
from tui_call.control.client import CommandRefused
from tui_call.control.lines import Error
from tui_call.signaling.administration import (
    MOST_BODY,
    Change,
    ExtendDraft,
    FindPeople,
    MoreOfOutcome,
    encode,
)
from tui_call.signaling.administration_answers import (
    ChangeOutcome,
    DraftExtended,
    NotDone,
    PeopleFound,
    Problem,
)
from tui_call.signaling.administration_rows import (
    ChangedRow,
    PersonRow,
)
from tui_call.signaling.operations import (
    DisablePerson,
    GrantPolicy,
    Revert,
    TakeGrant,
)
from tui_call.signaling.policies import Epoch

ROW = ChangedRow("person", "clerk@acme", {"disabled": False}, {"disabled": True})
DONE = ChangeOutcome(change=7, epoch=EPOCH, rows=(ROW,), all_rows=1)
GRANT = ("policy", "grant", "no-e2ee", "--group", "staff")


def not_done(why: Any, *texts: str, **more: Any) -> NotDone:
    return NotDone(why=why, problems=tuple(Problem("A_X", text) for text in texts), **more)


@pytest.mark.parametrize(
    ("why", "status"), [("input", 3), ("not_allowed", 4), ("stale", 5), ("unavailable", 1)]
)
def test_each_refusal_has_a_status_and_is_told_apart_from_output(
    desk: Desk, why: str, status: int
) -> None:
    desk.answers[Change] = lambda change: (
        ChangeOutcome(change=0, epoch=EPOCH)
        if change.expected_epoch is None
        else not_done(why, "No.")
    )
    ended = desk.admin(*GRANT, "--expected-epoch", '{"number":3}')
    assert (ended.status, ended.errors) == (status, "tui-call: No.\n")
    assert desk.changes[0].expected_epoch == Epoch(0, 3)


def test_an_engine_that_cannot_ask_ends_in_one_sentence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code, status in (("failed", 1), ("not_allowed", 4)):
        words = said("F_SERVICE_AWAY") if code == "failed" else said("F_NOT_ALLOWED")
        refused = CommandRefused(Error(1, code, words.text, words))

        async def command(_: Any, refused: CommandRefused = refused) -> Any:
            raise refused

        monkeypatch.setattr(desk, "command", command)
        ended = desk.admin("report")
        assert (ended.status, ended.output) == (status, "")
        assert ended.errors.startswith(f"tui-call: {words.text}")


@pytest.mark.parametrize(
    "words",
    [
        ("user", "disable"),
        ("user", "role", "clerk", "king"),
        ("user", "enable", "clerk", "--exit-code"),
        ("user", "invite"),
        ("user", "invite", "clerk", "--group", "staff"),
        ("user", "import", "p.csv", "--missing", "disable"),
        ("policy", "grant", "no-e2ee"),
        ("policy", "grant", "no-e2ee", "--org", "--group", "staff"),
        ("policy", "grant", "no-e2ee", "--org", "--rank", "1"),
        ("policy", "grant", "no-e2ee", "--org", "--kind", "calling"),
        ("audit", "show", "0"),
        ("user", "enable", "clerk", "--expected-epoch", "now"),
        ("policy", "--e2ee-calls", "user_choice", "--no-require-compared"),
    ],
)
def test_what_means_nothing_is_asked_of_nobody(desk: Desk, words: tuple[str, ...]) -> None:
    ended = desk.admin(*words)
    assert (ended.status, ended.output, desk.asked) == (2, "", [])
    if words[1] == "--e2ee-calls":
        assert (
            "tui-call admin policy set organisation --e2ee-calls user_choice --no-require-compared"
            in ended.errors
        )


def test_a_difference_has_a_status_where_it_is_asked_for(desk: Desk) -> None:
    desk.answers[Change] = DONE
    assert desk.admin(*GRANT, "--what-if").status == 0
    assert desk.admin(*GRANT, "--what-if", "--exit-code").status == 10
    desk.answers[Change] = ChangeOutcome(change=0, epoch=EPOCH)
    ended = desk.admin(*GRANT, "--what-if", "--exit-code")
    assert (ended.status, ended.output) == (0, "Nothing to change.\n")
    assert all(change.what_if for change in desk.changes)


@pytest.mark.parametrize(
    ("words", "operation"),
    [
        (("user", "disable", "clerk"), DisablePerson(account="clerk")),
        (("policy", "grant", "-", "--user", "clerk"), TakeGrant(to="user", subject="clerk")),
        (("audit", "revert", "7"), Revert(change=7)),
    ],
)
def test_what_takes_something_away_is_not_done_unasked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], operation: Any
) -> None:
    desk.answers[Change] = DONE
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    refused = desk.admin(*words)
    assert (refused.status, refused.output, desk.asked) == (2, "", [])
    assert "--yes" in refused.errors
    assert desk.admin(*words, "--yes").status == 0
    assert desk.changes == [Change(operations=(operation,))]


@pytest.mark.parametrize("agrees", [True, False])
def test_who_is_asked_sees_what_it_would_do_and_nothing_else_is_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, agrees: bool
) -> None:
    desk.answers[Change] = DONE
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "y" if agrees else "n")
    ended = desk.admin("user", "disable", "clerk")
    would, *done = ended.output.splitlines()
    assert would == ("would change clerk@acme: disabled no -> yes. Nothing was changed.")
    assert bool(done) == agrees
    assert [change.what_if for change in desk.changes] == [True, False][: 1 + agrees]
    if agrees:
        assert desk.changes[1].expected_epoch == EPOCH
    assert ended.status == (0 if agrees else 1)


def test_a_plan_for_another_state_is_refused_with_the_new_difference(desk: Desk) -> None:
    desk.answers[Change] = lambda change: (
        not_done("stale", "Changed by Ada meanwhile.") if change.expected_epoch else DONE
    )
    ended = desk.admin(*GRANT, "--expected-epoch", '{"number":3}')
    assert ended.status == 5
    assert ended.errors == "tui-call: Changed by Ada meanwhile.\n"
    assert ended.output.startswith("would change clerk@acme: disabled no -> yes.")
    assert [change.what_if for change in desk.changes] == [False, True]
    tried = (*GRANT, "--what-if", "--exit-code", "--expected-epoch", '{"number":3}')
    assert desk.admin(*tried).status == 5


@pytest.mark.parametrize(
    ("answer", "status"), [(DONE, 0), (not_done("input", "No \x1b[31mway."), 3)]
)
def test_a_program_gets_one_object(desk: Desk, answer: Any, status: int) -> None:
    desk.answers[Change] = answer
    ended = desk.admin(*GRANT, "--json")
    assert ended.status == status
    assert ended.json == msgspec.json.decode(msgspec.json.encode(answer))
    assert ended.output.count("\n") == 1
    assert "\x1b" not in ended.errors + ended.output


def test_the_first_twenty_faults_are_told_and_how_many_more(desk: Desk) -> None:
    faults = [f"fault {number}" for number in range(20)]
    desk.answers[Change] = not_done("input", *faults, all_problems=23)
    ended = desk.admin(*GRANT)
    assert ended.errors.splitlines() == [*(f"tui-call: {one}" for one in faults), "And 3 more."]


def test_a_long_list_goes_in_parts_that_fit_and_is_told_whole(desk: Desk) -> None:
    people = [f"person{number}" for number in range(1201)]
    rows = tuple(ChangedRow("person", one, None, {"name": one}) for one in people)
    desk.answers[Change] = ChangeOutcome(change=8, epoch=EPOCH, rows=rows[:500], all_rows=len(rows))
    desk.answers[MoreOfOutcome] = lambda more: ChangeOutcome(
        change=8, epoch=EPOCH, rows=rows[more.rows : more.rows + 500], all_rows=len(rows)
    )
    ended = desk.admin("user", "enable", *people, "--json")
    assert len(ended.json["rows"]) == len(people)
    drafts = [request for request in desk.asked if isinstance(request, ExtendDraft)]
    assert sum(len(draft.operations) for draft in drafts) == len(people)
    assert len({draft.draft for draft in drafts} | {desk.changes[0].draft}) == 1
    assert desk.changes[0].operations == ()
    assert all(len(bytes(encode(request))) <= MOST_BODY for request in desk.asked)


def test_a_draft_of_which_parts_were_lost_changes_nothing(desk: Desk) -> None:
    desk.answers[ExtendDraft] = lambda part: DraftExtended(operations=len(part.operations))
    ended = desk.admin("user", "enable", *(f"person{number}" for number in range(501)))
    assert (ended.status, ended.output, desk.changes) == (1, "", [])


def test_lists_are_read_page_by_page(desk: Desk) -> None:
    people = [PersonRow(f"p{number}@acme", "P", "member") for number in range(5)]

    def page(asked: FindPeople) -> PeopleFound:
        after = int(asked.after or "0")
        following = str(after + 2) if after + 2 < len(people) else ""
        return PeopleFound(people=tuple(people[after : after + 2]), next=following, all=5)

    desk.answers[FindPeople] = page
    found = desk.admin("user", "list", "p", "--json").json["people"]
    assert [person["account"] for person in found] == [person.account for person in people]
    assert len(desk.admin("user", "list").output.splitlines()) == 1 + len(people)


@pytest.mark.parametrize(
    ("words", "operations"),
    [
        (GRANT, [GrantPolicy(policy="no-e2ee", to="group", subject="staff")]),
        (
            ("policy", "grant", "no-e2ee", "--user", "a", "--user", "b"),
            [
                GrantPolicy(policy="no-e2ee", to="user", subject="a"),
                GrantPolicy(policy="no-e2ee", to="user", subject="b"),
            ],
        ),
        (
            ("policy", "grant", "no-e2ee", "--org"),
            [GrantPolicy(policy="no-e2ee", to="organisation")],
        ),
    ],
)
def test_a_grant_is_to_people_a_group_or_everybody(
    desk: Desk, words: tuple[str, ...], operations: list[Any]
) -> None:
    desk.admin(*words)
    assert list(desk.changes[0].operations) == operations


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("policy", "new", "p"), "which kind"),
        (("policy", "new", "p", "--captions", "--relay-only"), "two kinds"),
        (("policy", "set", "p"), "which kind"),
    ],
)
def test_flags_tell_the_kind_of_a_policy(desk: Desk, words: tuple[str, ...], told: str) -> None:
    ended = desk.admin(*words)
    assert (ended.status, desk.asked) == (3, [])
    assert told in ended.errors
