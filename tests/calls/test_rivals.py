"""Which of two calls goes on, judged at both ends as they see it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.calls.rivals import (
    CallOn,
    Invited,
    OnInvite,
    OnProof,
    has_forgotten,
    on_invite,
    on_proof,
)

ADA, BOB, CLEO = "ada@home", "bob@home", "cleo@home"
IK, OTHER_IK = b"\x01" * 32, b"\x02" * 32
LAPTOP, PHONE = b"\x0a" * 16, b"\x0b" * 16
LOW, HIGH = b"\x00" * 15 + b"\xff", b"\x80" + bytes(15)
IDS = st.binary(min_size=16, max_size=16)


def own_call(call_id: bytes, *, pinned: bool = True) -> CallOn:
    """Return a call that was placed to Bob and not answered."""
    key = IK if pinned else b""
    return CallOn(call_id, BOB, True, False, key, pinned, frozenset(), False)


def from_bob(call_id: bytes, *, pinned: bool = True) -> Invited:
    return Invited(call_id, BOB, LAPTOP, IK, pinned)


IN_CALL = CallOn(LOW, BOB, False, True, IK, True, frozenset({LAPTOP}), False)
RINGING = replace(IN_CALL, agreed=False)


# Glare


@given(first=IDS, second=IDS, pinned=st.tuples(st.booleans(), st.booleans()))
def test_both_ends_choose_the_same_call(
    first: bytes, second: bytes, pinned: tuple[bool, bool]
) -> None:
    """Ada placed `first`, Bob `second`; each sees the other's invite while the own one waits."""
    at_ada = on_invite(own_call(first), from_bob(second))
    at_bob = on_invite(own_call(second), from_bob(first))
    if first == second:
        assert at_ada is at_bob is OnInvite.END_BOTH
        return
    lower_ignores, higher_answers = (at_ada, at_bob) if first < second else (at_bob, at_ada)
    assert lower_ignores is OnInvite.IGNORE
    assert higher_answers is OnInvite.ANSWER

    # An M3 may be verified of an invite that was answered before the own call began.
    low, high = sorted((first, second))
    assert on_proof(own_call(low), from_bob(high)) is OnProof.WAIT
    verdict = on_proof(own_call(high, pinned=pinned[0]), from_bob(low, pinned=pinned[1]))
    assert verdict is (OnProof.ANSWER if all(pinned) else OnProof.RING)


def test_ids_are_unsigned() -> None:
    assert on_invite(own_call(LOW), from_bob(HIGH)) is OnInvite.IGNORE
    assert on_invite(own_call(HIGH), from_bob(LOW)) is OnInvite.ANSWER


def test_a_third_person_s_call_takes_the_place_of_none() -> None:
    other = replace(from_bob(HIGH), account=CLEO)

    assert on_invite(own_call(LOW), other) is OnInvite.ANSWER
    assert on_proof(own_call(LOW), other) is OnProof.BESIDE


def test_an_id_of_a_call_with_somebody_else_ends_nothing() -> None:
    other = replace(from_bob(LOW), account=CLEO)

    assert on_invite(own_call(LOW), other) is OnInvite.ANSWER


def test_another_key_than_the_one_that_answered_the_own_call_ends_nothing() -> None:
    assert on_proof(own_call(HIGH), replace(from_bob(LOW), identity_key=OTHER_IK)) is OnProof.BUSY


def test_a_device_where_it_rang_and_that_calls_has_forgotten_it() -> None:
    rang = replace(own_call(LOW), devices=frozenset({LAPTOP}))

    assert has_forgotten(rang, from_bob(HIGH))
    assert on_invite(rang, from_bob(HIGH)) is OnInvite.ANSWER
    assert on_proof(rang, replace(from_bob(HIGH), forgot=True)) is OnProof.ANSWER
    assert on_invite(rang, replace(from_bob(HIGH), device=PHONE)) is OnInvite.IGNORE


def test_an_m3_that_comes_after_the_own_call_rang_is_no_sign_of_a_restart() -> None:
    """The invite came before; only its M3 was slow, and the other end gives that call up."""
    rang = replace(own_call(LOW), devices=frozenset({LAPTOP}))

    assert on_proof(rang, from_bob(HIGH)) is OnProof.WAIT


@pytest.mark.parametrize("on", [None, IN_CALL, own_call(LOW)])
def test_nothing_is_forgotten_without_a_call_that_rings_there(on: CallOn | None) -> None:
    assert not has_forgotten(on, from_bob(HIGH))


# Without a call, and in one


def test_without_a_call_an_invite_is_answered() -> None:
    assert on_invite(None, from_bob(LOW)) is OnInvite.ANSWER


@pytest.mark.parametrize("on", [IN_CALL, RINGING, replace(own_call(LOW), agreed=True)])
def test_an_invite_alone_changes_no_call_that_is_not_glare(on: CallOn) -> None:
    for call_id in (LOW, HIGH):
        assert on_invite(on, from_bob(call_id)) is OnInvite.ANSWER


@pytest.mark.parametrize(
    ("on", "invited", "verdict"),
    [
        # It rings, and the caller calls again, from the same device or another.
        (RINGING, from_bob(HIGH), OnProof.RING),
        (RINGING, replace(from_bob(HIGH), device=PHONE), OnProof.RING),
        # In a call whose other end was restarted, before that is noticed and after.
        (IN_CALL, from_bob(HIGH), OnProof.RING),
        (replace(IN_CALL, outgoing=True), from_bob(HIGH), OnProof.RING),
        (replace(IN_CALL, path_lost=True), replace(from_bob(HIGH), device=PHONE), OnProof.RING),
        # Another device of the person with whom one speaks interrupts nothing.
        (IN_CALL, replace(from_bob(HIGH), device=PHONE), OnProof.BESIDE),
        # A call that began before this one, and whose M3 was held back.
        (IN_CALL, replace(from_bob(HIGH), order=IN_CALL.order - 1), OnProof.WAIT),
        (RINGING, replace(from_bob(HIGH), order=RINGING.order - 1), OnProof.WAIT),
        # Nobody else takes the place of anything.
        (RINGING, replace(from_bob(HIGH), account=CLEO), OnProof.BESIDE),
        (replace(IN_CALL, path_lost=True), replace(from_bob(HIGH), account=CLEO), OnProof.BESIDE),
        (RINGING, replace(from_bob(HIGH), identity_key=OTHER_IK), OnProof.BUSY),
        (IN_CALL, replace(from_bob(HIGH), identity_key=OTHER_IK), OnProof.BUSY),
    ],
)
def test_who_takes_the_place_of_a_call(on: CallOn, invited: Invited, verdict: OnProof) -> None:
    assert on_proof(on, invited) is verdict
