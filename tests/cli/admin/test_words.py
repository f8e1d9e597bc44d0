"""What administrators read: the lines of the command line, word by word."""

from typing import Any

import pytest

from tests.cli.admin.desk import EPOCH, Desk
from tui_call.signaling.administration import (
    Change,
    Explain,
    FindPeople,
)
from tui_call.signaling.administration_answers import (
    ChangeOutcome,
    Explained,
    PeopleFound,
)
from tui_call.signaling.administration_rows import (
    Applied,
    CallExplained,
    ChangedRow,
    Effect,
    KeptOwn,
    KindExplained,
    PersonRow,
    RuleRow,
)

HOSTILE = "\x1b[31mMallory\x1b]0;title\x07\u202e"


def grant(policy: str, group: str, rank: int) -> dict[str, Any]:
    return {
        "policy": policy, "kind": "encryption", "to": "group", "subject": group, "rank": rank,
    }  # fmt: skip


def moved(group: str, before: int, after: int) -> ChangedRow:
    of = f"group {group}"
    return ChangedRow("grant", of, grant("no-e2ee", group, before), grant("no-e2ee", group, after))


ORGANISATION = Applied("organisation", "organisation", value="disabled")
FINANCE = Applied("finance-e2ee", "group", "finance", 1, "user_choice")
GRANTED = ChangedRow("grant", "group finance", None, grant("finance-e2ee", "finance", 1))


def test_a_grant_tells_whom_it_concerns_and_who_keeps_their_own(desk: Desk) -> None:
    people = ["clerk@acme", "cashier@acme", *(f"p{number}@acme" for number in range(37))]
    desk.answers[Change] = ChangeOutcome(
        change=0,
        epoch=EPOCH,
        rows=(GRANTED, moved("staff", 1, 2), moved("temps", 2, 3)),
        all_rows=3,
        effects=tuple(Effect(one, "encryption", ORGANISATION, FINANCE) for one in people),
        all_effects=39,
        kept=(KeptOwn("auditor@acme", "no-e2ee"), KeptOwn("temp@acme", "no-e2ee")),
        all_kept=2,
        moved_down=2,
    )
    asked = ("policy", "grant", "finance-e2ee", "--group", "finance", "--rank", "1", "--what-if")
    assert desk.admin(*asked).output == (
        "would grant finance-e2ee to group finance, rank 1; 2 grants move down\n"
        "39 people: organisation (disabled) -> finance-e2ee (user_choice):"
        " clerk@acme, cashier@acme, 37 more (--all)\n"
        "2 of the group keep their own: auditor@acme, temp@acme (no-e2ee)."
        " Nothing was changed.\n"
    )
    assert "p36@acme\n" in desk.admin(*asked, "--all").output


def test_a_new_policy_applies_to_nobody(desk: Desk) -> None:
    row = ChangedRow("policy", "finance-e2ee", None, {"kind": "encryption"})
    desk.answers[Change] = ChangeOutcome(change=14, epoch=EPOCH, rows=(row,), all_rows=1)
    said = desk.admin("policy", "new", "finance-e2ee", "--e2ee-calls", "user_choice")
    assert said.output == (
        "change 14: policy finance-e2ee (encryption) is new; it applies to nobody.\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, {"name": "Clerk"}, "clerk@acme (Clerk) is new."),
        ({"name": "Clerk"}, None, "clerk@acme (Clerk) is removed."),
        (
            {"name": "Clerk", "role": "member", "disabled": False},
            {"name": "Clerk", "role": "admin", "disabled": True},
            "clerk@acme (Clerk) is changed: role member -> admin, disabled no -> yes.",
        ),
        ({"name": HOSTILE}, None, "clerk@acme ([31mMallory]0;title) is removed."),
    ],
)
def test_a_row_is_told_before_and_after(desk: Desk, before: Any, after: Any, said: str) -> None:
    row = ChangedRow("person", "clerk@acme", before, after)
    desk.answers[Change] = ChangeOutcome(change=3, epoch=EPOCH, rows=(row,), all_rows=1)
    assert desk.admin("user", "enable", "clerk").output == f"change 3: {said}\n"


def test_who_comes_comes_with_a_setting_that_is_not_told_and_a_policy_that_changed_has_one_name(
    desk: Desk,
) -> None:
    rows = (
        ChangedRow("person", "dan@acme", None, {"name": "Dan"}),
        ChangedRow("setting", "dan@acme", None, {"e2ee_calls": "off"}),
        ChangedRow("setting", "clerk@acme", {"e2ee_calls": "off"}, {"e2ee_calls": "on"}),
    )
    desk.answers[Change] = ChangeOutcome(
        change=0,
        epoch=EPOCH,
        rows=rows,
        all_rows=3,
        effects=(Effect("clerk@acme", "encryption", FINANCE, FINANCE),),
        all_effects=1,
    )
    assert desk.admin("user", "add", "dan", "--what-if").output == (
        "would add dan@acme (Dan)\n"
        "would change setting clerk@acme: e2ee_calls off -> on\n"
        "1 person: finance-e2ee (user_choice): clerk@acme. Nothing was changed.\n"
    )


def test_an_explanation_names_every_rule_that_was_tried(desk: Desk) -> None:
    rules = (
        RuleRow("user", 0, "", "", "none"),
        RuleRow("group", 1, "finance", "finance-e2ee", "applies"),
        RuleRow("group", 3, "staff", "no-e2ee", "not_reached"),
        RuleRow("organisation", 0, "", "organisation", "not_reached"),
    )
    call = CallExplained(
        "chief@acme", False, "Y_OWN_POLICY", "chief@acme", "organisation: disabled"
    )
    desk.answers[Explain] = Explained(
        account="clerk@acme",
        kinds=(KindExplained("encryption", rules, FINANCE, {"e2ee_calls": "user_choice"}),),
        setting="on",
        call=call,
    )
    assert desk.admin("policy", "explain", "clerk@acme", "--call", "chief@acme").output == (
        "clerk@acme: user_choice, by finance-e2ee\n"
        "  user          -                        none\n"
        "  group rank 1  finance  finance-e2ee    applies\n"
        "  group rank 3  staff    no-e2ee         not reached\n"
        "  organisation  -        organisation    not reached\n"
        "setting: on (account); a device may narrow it\n"
        "call to chief@acme: refused, Y_OWN_POLICY at chief@acme (organisation: disabled)\n"
    )


def test_the_e2ee_setting_is_no_part_of_what_applies_to_other_calls(desk: Desk) -> None:
    rules = (RuleRow("organisation", 0, "", "calls", "applies"),)
    applied = Applied("calls", "organisation", "", 0, "")
    desk.answers[Explain] = Explained(
        account="clerk@acme", kinds=(KindExplained("calling", rules, applied, {}),), setting="on"
    )
    assert desk.admin("policy", "explain", "clerk@acme", "--kind", "calling").output == (
        "clerk@acme: calls\n  organisation  -  calls    applies\n"
    )


def test_an_explanation_of_e2ee_calls_names_the_calling_policy_that_rules_them_out(
    desk: Desk,
) -> None:
    kinds = (
        KindExplained("encryption", (), FINANCE, {"e2ee_calls": "user_choice"}),
        KindExplained(
            "calling", (), Applied("bank", "user", "", 0, ""), {"compliance_recording": True}
        ),
    )
    desk.answers[Explain] = Explained(account="clerk@acme", kinds=kinds, setting="on")
    assert desk.admin("policy", "explain", "clerk@acme").output == (
        "clerk@acme: user_choice, by finance-e2ee\n"
        "recorded by rule, so no E2EE calls: calling policy bank\n"
        "setting: on (account); a device may narrow it\n"
    )


def test_what_others_call_themselves_reaches_no_terminal(desk: Desk) -> None:
    person = PersonRow("mallory@acme", HOSTILE, "member", groups=(HOSTILE,), client=HOSTILE)
    desk.answers[FindPeople] = PeopleFound(people=(person,), all=1)
    said = desk.admin("user", "list")
    assert "Mallory" in said.output
    assert not set("\x1b\x07\u202e") & set(said.output + said.errors)
