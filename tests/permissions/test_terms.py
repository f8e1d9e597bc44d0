"""What can be said in a policy, what is refused and with which words, and what is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.permissions.policies import CallingPolicy, E2EECalls, PolicySource
from tui_call.permissions.terms import (
    CallingTerms,
    EncryptionTerms,
    InvalidTerms,
    PolicyKind,
    as_mapping,
    is_older,
    kind_of,
    known_terms,
    terms_from,
)

ENCRYPTION, CALLING = PolicyKind.ENCRYPTION, PolicyKind.CALLING


def test_terms_that_are_left_out_have_their_defaults() -> None:
    assert terms_from(ENCRYPTION, {}) == EncryptionTerms(E2EECalls.DISABLED)
    assert terms_from(CALLING, {"park": True}) == CallingTerms(
        captions=True, transcription=False, recording=False, transfer=True, park=True, merge=True,
        add_people=True, compliance_recording=False, park_group="", keep_days=0,
    )  # fmt: skip


@pytest.mark.parametrize(("recorded", "rule"), [(True, "traders"), (False, "")])
def test_a_policy_that_records_every_call_is_named_as_the_rule(recorded: bool, rule: str) -> None:
    terms = CallingTerms(compliance_recording=recorded)
    assert CallingPolicy("traders", PolicySource.USER, terms).recording_rule == rule


def test_a_change_leaves_the_other_terms() -> None:
    before = EncryptionTerms(E2EECalls.REQUIRED, require_compared=True)
    after = terms_from(ENCRYPTION, {"min_client": "1.4"}, before)
    assert after == EncryptionTerms(E2EECalls.REQUIRED, require_compared=True, min_client="1.4")


ALL_TERMS = st.builds(EncryptionTerms, min_client=st.sampled_from(["", "1", "0.12.3"])) | st.builds(
    CallingTerms, park_group=st.sampled_from(["", "desk"]), keep_days=st.integers(0, 36_500)
)


@given(ALL_TERMS)
def test_terms_are_read_as_they_were_written(terms) -> None:
    kind = ENCRYPTION if isinstance(terms, EncryptionTerms) else CALLING
    written = as_mapping(terms)
    assert terms_from(kind, written) == known_terms(kind, written) == terms
    assert {type(value) for value in written.values()} <= {bool, int, str}


@pytest.mark.parametrize(
    ("kind", "name", "value", "words"),
    [
        (CALLING, "captions", "yes", "captions is one of: true, false."),
        (CALLING, "captions", 1, "captions is one of: true, false."),
        (ENCRYPTION, "e2ee_calls", "on", "one of: disabled, user_choice, required."),
        (ENCRYPTION, "e2ee_calls", ["disabled"], "one of: disabled, user_choice, required."),
        (ENCRYPTION, "min_client", "newest", "min_client is a version"),
        (ENCRYPTION, "min_client", "1.2.3.4.5", "min_client is a version"),
        (ENCRYPTION, "min_client", 2, "min_client is a version"),
        (CALLING, "park_group", 7, "park_group is the name of a group"),
        (CALLING, "park_group", "g" * 65, "park_group is the name of a group"),
        (CALLING, "park_group", "a\x1b[2J", "park_group is the name of a group"),
        (CALLING, "keep_days", -1, "keep_days is a whole number of days, at most 36500."),
        (CALLING, "keep_days", 36_501, "keep_days is a whole number"),
        (CALLING, "keep_days", True, "keep_days is a whole number"),
        (CALLING, "keep_days", 1.5, "keep_days is a whole number"),
        (CALLING, "caption", True, "do not know caption. Did you mean captions?"),
        (CALLING, "colour", True, "Policies do not know colour."),
        (CALLING, "relay_only", True, "relay_only does not belong into calling policies"),
        (ENCRYPTION, "captions", True, "captions does not belong into encryption policies"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_rule(kind, name, value, words) -> None:
    with pytest.raises(InvalidTerms) as refused:
        terms_from(kind, {name: value})
    assert words in str(refused.value)


def test_what_a_later_version_wrote_is_left_out() -> None:
    told = {"e2ee_calls": "required", "post_quantum": "only", "captions": True}
    assert known_terms(ENCRYPTION, told) == EncryptionTerms(E2EECalls.REQUIRED)
    with pytest.raises(InvalidTerms):
        known_terms(ENCRYPTION, {"e2ee_calls": "sometimes"})


def test_names_of_terms_tell_the_kind() -> None:
    assert kind_of(["relay_only", "e2ee_calls"]) is ENCRYPTION
    assert kind_of(["keep_days"]) is CALLING
    with pytest.raises(InvalidTerms, match="relay_only and park are of two kinds"):
        kind_of(["relay_only", "park"])
    with pytest.raises(InvalidTerms, match="it tells which kind"):
        kind_of([])


@pytest.mark.parametrize(
    ("claimed", "floor", "older"),
    [
        ("0.1.0", "", False),
        ("", "", False),
        ("0.1.0", "0.1", False),
        ("0.1", "0.1.0", False),
        ("0.9.9", "0.10", True),
        ("1.0", "0.99.99.99", False),
        ("0.2.0rc1", "0.2", False),
        ("0.1.9+local", "0.2", True),
        ("", "0.1", True),
        ("v9", "0.1", True),
    ],
)
def test_a_version_is_older_by_its_numbers(claimed, floor, older) -> None:
    assert is_older(claimed, floor) is older
