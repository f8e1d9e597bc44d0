"""Pins and comparisons: what each verified handshake and each decision of the person does."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.identifiers import AccountId
from tui_call.profile.contacts import (
    ACCEPTED,
    UNDO_SECONDS,
    WARNING_SECONDS,
    Contact,
    Contacts,
    NothingToAccept,
    NothingToUndo,
    Observation,
    OtherKeyOffered,
    Standing,
    UnknownKey,
)

BOB, EVE = AccountId("bob@home-3fk2"), AccountId("eve@home-3fk2")
KEY, OTHER, THIRD = b"k" * 32, b"o" * 32, b"t" * 32
NOW = 1_800_000_000.0
CHANGED = Observation(Standing.CHANGED, allowed=False)
CHANGED_WARN = Observation(Standing.CHANGED, allowed=False, warn=True)


def known() -> Contacts:
    contacts = Contacts()
    contacts.observe(BOB, KEY, 3, NOW)
    return contacts


def test_a_first_key_is_pinned_and_seen_from_then_on() -> None:
    contacts = Contacts()
    assert contacts.get(BOB) == Contact(BOB)
    assert contacts.observe(BOB, KEY, 3, NOW) == Observation(Standing.NEW, allowed=True)
    assert contacts.observe(BOB, KEY, 5, NOW + 9) == Observation(Standing.SEEN_BEFORE, allowed=True)
    assert contacts.get(BOB) == Contact(
        BOB,
        identity_key=KEY,
        key_standing=Standing.SEEN_BEFORE,
        since=NOW,
        epoch=5,
        e2ee_made=True,
    )


def test_the_epoch_never_falls() -> None:
    contacts = known()
    contacts.observe(BOB, KEY, 1, NOW)
    assert contacts.get(BOB).epoch == 3


def test_a_comparison_holds_for_later_calls_and_can_be_undone() -> None:
    contacts = known()
    contacts.mark_compared(BOB, KEY, "digits", NOW + 1)
    assert contacts.observe(BOB, KEY, 3, NOW + 2).standing is Standing.COMPARED
    contacts.mark_compared(BOB, KEY, "in person", NOW + 3)
    assert (contacts.get(BOB).how, contacts.get(BOB).since) == ("in person", NOW + 3)
    assert contacts.undo_until(BOB) == NOW + 3 + UNDO_SECONDS
    contacts.undo_compared(BOB, NOW + 3 + UNDO_SECONDS)
    assert (contacts.get(BOB).how, contacts.get(BOB).since) == ("digits", NOW + 1)
    assert contacts.undo_until(BOB) == 0
    with pytest.raises(NothingToUndo):
        contacts.undo_compared(BOB, NOW + 3)
    assert contacts.get(BOB).standing is Standing.COMPARED


@pytest.mark.parametrize("later", [UNDO_SECONDS + 0.1, -UNDO_SECONDS - 0.1])
def test_a_match_is_taken_back_within_ten_seconds_only(later: float) -> None:
    contacts = known()
    contacts.mark_compared(BOB, KEY, "in person", NOW)
    with pytest.raises(NothingToUndo):
        contacts.undo_compared(BOB, NOW + later)
    assert contacts.get(BOB).standing is Standing.COMPARED


def test_an_undo_takes_no_later_decision_back() -> None:
    contacts = known()
    contacts.mark_compared(BOB, KEY, "digits", NOW)
    contacts.mark_differed(BOB, KEY, NOW)
    with pytest.raises(NothingToUndo):
        contacts.undo_compared(BOB, NOW)
    assert contacts.get(BOB).standing is Standing.DIFFERED
    contacts.mark_compared(BOB, KEY, "in person", NOW)
    contacts.observe(BOB, OTHER, 0, NOW)
    contacts.accept_key(BOB, OTHER, NOW)
    with pytest.raises(NothingToUndo):
        contacts.undo_compared(BOB, NOW)
    assert (contacts.get(BOB).standing, contacts.get(BOB).how) == (Standing.SEEN_BEFORE, ACCEPTED)


@pytest.mark.parametrize("key", [b"", OTHER])
def test_only_the_pinned_key_is_marked(key: bytes) -> None:
    contacts = known()
    for account in (BOB, EVE):
        with pytest.raises(UnknownKey):
            contacts.mark_compared(account, key, "digits", NOW)
        with pytest.raises(UnknownKey):
            contacts.mark_differed(account, key, NOW)
    assert contacts.get(BOB).standing is Standing.SEEN_BEFORE


def test_differing_codes_stop_calls_until_compared() -> None:
    contacts = known()
    contacts.mark_differed(BOB, KEY, NOW)
    assert contacts.observe(BOB, KEY, 3, NOW) == Observation(Standing.DIFFERED, allowed=False)
    contacts.mark_compared(BOB, KEY, "in person", NOW)
    assert contacts.observe(BOB, KEY, 3, NOW).allowed


def test_another_key_is_held_back_and_changes_no_pin() -> None:
    contacts = known()
    contacts.mark_compared(BOB, KEY, "digits", NOW)
    assert contacts.observe(BOB, OTHER, 9, NOW) == CHANGED_WARN
    held = contacts.get(BOB)
    assert held.standing is Standing.CHANGED
    assert (held.identity_key, held.key_standing, held.epoch) == (KEY, Standing.COMPARED, 3)
    # the known key answers again: it is still the one
    assert contacts.observe(BOB, KEY, 3, NOW) == Observation(Standing.COMPARED, allowed=True)
    assert contacts.get(BOB).standing is Standing.COMPARED
    with pytest.raises(NothingToAccept):
        contacts.accept_key(BOB, OTHER, NOW)


def test_a_key_that_changed_again_is_not_accepted_unseen() -> None:
    contacts = known()
    contacts.observe(BOB, OTHER, 0, NOW)
    contacts.observe(BOB, THIRD, 0, NOW + 1)  # while the person looked at the first one
    for shown in (OTHER, b""):
        with pytest.raises(OtherKeyOffered):
            contacts.accept_key(BOB, shown, NOW + 2)
    assert contacts.get(BOB).identity_key == KEY
    contacts.accept_key(BOB, THIRD, NOW + 3)
    assert contacts.get(BOB).identity_key == THIRD


def test_one_warning_a_day_then_a_count() -> None:
    contacts = known()
    assert contacts.observe(BOB, OTHER, 0, NOW) == CHANGED_WARN
    assert contacts.observe(BOB, THIRD, 0, NOW + 5) == CHANGED
    contacts.observe(BOB, KEY, 3, NOW + 6)
    assert contacts.observe(BOB, OTHER, 0, NOW + WARNING_SECONDS - 1) == CHANGED
    assert contacts.get(BOB).held_back == 2
    assert contacts.observe(BOB, OTHER, 0, NOW + WARNING_SECONDS) == CHANGED_WARN
    assert contacts.get(BOB).held_back == 0
    assert contacts.observe(BOB, OTHER, 0, NOW - 1) == CHANGED_WARN


def test_an_accepted_key_counts_as_seen_before() -> None:
    contacts = known()
    contacts.mark_compared(BOB, KEY, "digits", NOW)
    contacts.observe(BOB, OTHER, 7, NOW + 1)
    contacts.accept_key(BOB, OTHER, NOW + 2)
    accepted = contacts.get(BOB)
    assert (accepted.identity_key, accepted.standing) == (OTHER, Standing.SEEN_BEFORE)
    assert (accepted.how, accepted.since, accepted.epoch) == (ACCEPTED, NOW + 2, 7)
    assert contacts.observe(BOB, OTHER, 7, NOW + 3).allowed
    assert contacts.observe(BOB, KEY, 3, NOW + WARNING_SECONDS + 1) == CHANGED_WARN


def test_a_key_that_comes_back_keeps_its_highest_epoch() -> None:
    contacts = known()
    contacts.observe(BOB, OTHER, 7, NOW)
    contacts.accept_key(BOB, OTHER, NOW)
    contacts.observe(BOB, KEY, 1, NOW)
    contacts.accept_key(BOB, KEY, NOW)
    assert contacts.get(BOB).epoch == 3
    assert contacts.get(BOB).earlier_epochs == {OTHER: 7}


def test_pins_and_marks_outlive_the_contact() -> None:
    contacts = known()
    contacts.add(BOB, "Bob")
    contacts.add(BOB)
    contacts.mark_compared(BOB, KEY, "digits", NOW)
    assert (contacts.get(BOB).listed, contacts.get(BOB).name) == (True, "Bob")
    contacts.block(BOB)
    contacts.remove(BOB)
    gone = contacts.get(BOB)
    assert (gone.listed, gone.blocked, gone.e2ee_made) == (False, True, True)
    assert (gone.identity_key, gone.key_standing) == (KEY, Standing.COMPARED)
    assert contacts.observe(BOB, OTHER, 0, NOW) == CHANGED_WARN
    contacts.block(BOB, on=False)
    assert not contacts.get(BOB).blocked
    assert contacts.observe(BOB, KEY, 3, NOW).standing is Standing.COMPARED


keys = st.sampled_from([KEY, OTHER, THIRD])
steps = st.one_of(
    st.tuples(st.just("observe"), keys),
    st.tuples(st.just("mark_compared"), keys),
    st.tuples(st.just("mark_differed"), keys),
    st.tuples(st.sampled_from(["undo_compared", "remove", "block", "add"]), st.just(b"")),
)


@given(st.lists(steps, max_size=20))
def test_without_consent_the_pin_stays_and_no_other_key_is_let_in(
    course: list[tuple[str, bytes]],
) -> None:
    """Nothing but `accept_key` replaces a pin, whatever the service and the peer do."""
    contacts = Contacts()
    pinned = b""
    for name, key in course:
        if name == "observe":
            seen = contacts.observe(BOB, key, 0, NOW)
            pinned = pinned or key
            assert not seen.allowed or key == pinned
        elif key:
            arguments = ("digits", NOW) if name == "mark_compared" else (NOW,)
            try:
                getattr(contacts, name)(BOB, key, *arguments)
            except UnknownKey:
                assert key != pinned
        elif name == "undo_compared":
            with contextlib.suppress(NothingToUndo):
                contacts.undo_compared(BOB, NOW)
        else:
            getattr(contacts, name)(BOB)
        assert contacts.get(BOB).identity_key == pinned
        assert contacts.get(BOB).e2ee_made is bool(pinned)
    assert Contacts(contacts.all).all == contacts.all


def test_who_was_renamed_since_is_found_the_last_one_first() -> None:
    contacts = known()
    assert BOB in contacts
    assert EVE not in contacts
    before = contacts.renamed
    contacts.add(BOB)
    contacts.block(BOB)
    assert list(contacts.renamed_since(before)) == []
    contacts.add(BOB, "Bob")
    contacts.block(EVE)
    assert list(contacts.renamed_since(before)) == [EVE, BOB]
    contacts.add(BOB, "Robert")
    assert list(contacts.renamed_since(before)) == [BOB, EVE]
    assert list(contacts.renamed_since(contacts.renamed)) == []
