"""The draft of an administrator: what it takes, what it asks, how it is named."""

from tests.support.fake_organisation import CHOICE, DISABLED, outcome
from tui_call.signaling.administration import (
    MOST_OPERATIONS,
    Change,
)
from tui_call.signaling.administration_rows import Effect
from tui_call.signaling.operations import (
    DropMember,
    NewGroup,
    Revert,
    SetPolicy,
)
from tui_call.signaling.policies import Epoch
from tui_call.tui.screens.admin.draft import Draft

GROUP = NewGroup(name="finance")
REVERT = Revert(change=14)


def test_what_was_tried_is_published_only_at_its_epoch() -> None:
    draft = Draft().with_operation(GROUP)
    assert draft.what_if == Change(operations=(GROUP,), what_if=True)
    tried = draft.would(outcome(epoch=Epoch(0, 9)))
    assert tried.publishing == Change(operations=(GROUP,), expected_epoch=Epoch(0, 9))


def test_another_operation_makes_the_figures_unknown() -> None:
    tried = Draft().with_operation(GROUP).would(outcome())
    assert tried.label == "draft: 1 change, 39 people"
    assert tried.with_operation(GROUP).label == "draft: 2 changes"
    assert tried.with_operation(GROUP).without_last() == Draft((GROUP,))
    assert Draft().label == ""


def test_a_person_with_policies_of_both_kinds_is_one_person() -> None:
    effects = tuple(Effect("a@acme", kind, DISABLED, CHOICE) for kind in ("encryption", "calling"))
    draft = Draft((GROUP,), outcome(effects=effects, all_effects=2))
    assert draft.label == "draft: 1 change, 1 person"
    part = Draft((GROUP,), outcome(effects=effects, all_effects=700))
    assert part.people == 700


def test_a_revert_stands_alone_and_a_draft_has_an_end() -> None:
    assert Draft().takes(REVERT)
    assert not Draft((GROUP,)).takes(REVERT)
    assert not Draft((REVERT,)).takes(GROUP)
    assert Draft((GROUP,) * (MOST_OPERATIONS - 1)).takes(GROUP)
    assert not Draft((GROUP,) * MOST_OPERATIONS).takes(GROUP)


def test_terms_are_those_that_the_draft_sets_last() -> None:
    draft = Draft((
        SetPolicy(name="p", terms={"e2ee_calls": "required", "relay_only": True}),
        DropMember(group="finance", account="a@acme"),
        SetPolicy(name="other", terms={"min_client": "2"}),
        SetPolicy(name="p", terms={"relay_only": False}),
    ))  # fmt: skip
    now = {"e2ee_calls": "disabled", "relay_only": False, "min_client": ""}
    assert draft.terms_of("p", now) == {"e2ee_calls": "required"}
