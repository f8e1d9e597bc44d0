"""A handshake with a peer that lies: accounts, devices, keys, commitments, refusals."""

import copy

import pytest

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import (
    BOB,
    FALSE_BOB,
    MALLORY,
    OTHER_DEVICE,
    SDP,
    WALL,
    after_offer,
    answer,
    assert_over,
    call,
    caller_entropy,
    fails,
    honest,
    local,
)
from tui_call.e2ee.description import read_description
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.handshake import CallerHandshake, RefusalReason, refuse
from tui_call.e2ee.key_schedule import (
    Agreement,
    Response,
    Revelation,
    offer_statement,
    offer_transcript,
    respond_statement,
)
from tui_call.identifiers import AccountId


def respond_fails(
    kind: FailureKind, run: reference.Handshake, wall: float = WALL, **changes: bytes
) -> None:
    caller = call()
    message = run.respond(caller.invite, **changes)
    assert not fails(kind, lambda: caller.receive_respond(message, wall)).harmless
    assert_over(caller)


def offer_fails(
    kind: FailureKind,
    run: reference.Handshake,
    *,
    sdp: bytes = SDP.encode(),
    wall: float = WALL,
    m1: bytes | None = None,
    **changes: bytes,
) -> None:
    invite = m1 or run.m1()
    callee = answer(invite)
    run.take_respond(invite, callee.respond_message)
    message = run.offer(sdp, **changes)
    assert not fails(
        kind, lambda: callee.receive_offer(message, wall, check=read_description)
    ).harmless
    assert_over(callee)


@pytest.mark.parametrize(
    ("kind", "callee"),
    [(FailureKind.WRONG_ACCOUNT, MALLORY), (FailureKind.WRONG_DEVICE, OTHER_DEVICE)],
    ids=["another person's", "another device's"],
)
def test_an_answer_with_another_credential(kind: FailureKind, callee: reference.Person) -> None:
    respond_fails(
        kind, reference.Handshake(reference.ADA, callee, reference.CALL_ID, reference.LEG)
    )


def test_a_stolen_credential_without_its_device_key() -> None:
    run = honest()
    run.callee = FALSE_BOB
    respond_fails(FailureKind.AUTHENTICATION, run)
    run = honest()
    run.caller = MALLORY  # signs, while Ada's credential and account are shown
    invite = run.m1(**{"from": reference.account_field(reference.ADA.account)})
    offer_fails(FailureKind.AUTHENTICATION, run, m1=invite)


def test_a_credential_that_names_somebody_else_s_device_key() -> None:
    """Mallory vouches for Bob's device: what Bob's device signs still does not speak for her."""
    thief = reference.Person(
        MALLORY.account, MALLORY.device_id, MALLORY.identity_seed, reference.BOB.device_seed
    )
    run = reference.Handshake(reference.ADA, thief, reference.CALL_ID, reference.LEG)
    caller = CallerHandshake(
        local(reference.ADA),
        to_account=AccountId(MALLORY.account),
        to_device=MALLORY.device_id,
        call_id=reference.CALL_ID,
        leg=reference.LEG,
        entropy=caller_entropy(),
    )
    run.respond(caller.invite)
    bobs = respond_statement(run.th2, BOB.credential.encode(), run.caps_b)
    borrowed = run.respond(caller.invite, signature=BOB.device_private.sign(bobs))
    fails(FailureKind.AUTHENTICATION, lambda: caller.receive_respond(borrowed, WALL))
    assert_over(caller)


def test_a_call_passed_on_in_another_name() -> None:
    """Mallory vouches for Ada's device, and passes Ada's signature on as that of her own call."""
    thief = reference.Person(
        MALLORY.account, MALLORY.device_id, MALLORY.identity_seed, reference.ADA.device_seed
    )
    run = reference.Handshake(thief, reference.BOB, reference.CALL_ID, reference.LEG)
    callee = answer(run.m1())
    run.take_respond(run.m1(), callee.respond_message)
    agreed = Agreement(run.th2, run.hs)
    response = Response(run.e2, run.cred_b, run.caps_b)
    ada = local(reference.ADA)
    revealed = Revelation(run.n_a, ada.credential.encode(), run.caps_a, SDP.encode())
    signed = ada.device_private.sign(offer_statement(offer_transcript(agreed, response, revealed)))
    message = run.offer(SDP.encode(), signature=signed)
    fails(FailureKind.AUTHENTICATION, lambda: callee.receive_offer(message, WALL))
    assert_over(callee)


def test_a_caller_under_another_account() -> None:
    run = reference.Handshake(MALLORY, reference.BOB, reference.CALL_ID, reference.LEG)
    claimed = reference.account_field(reference.ADA.account)
    offer_fails(FailureKind.WRONG_ACCOUNT, run, m1=run.m1(**{"from": claimed}))


def test_the_same_account_with_other_keys_verifies_but_shows_another_key() -> None:
    run = reference.Handshake(reference.ADA, FALSE_BOB, reference.CALL_ID, reference.LEG)
    caller = call()
    peer = caller.receive_respond(run.respond(caller.invite), WALL)
    assert peer.account_id == reference.BOB.account
    assert peer.identity_key != BOB.credential.identity_key


@pytest.mark.parametrize(
    ("kind", "wall"),
    [
        (FailureKind.CREDENTIAL_EARLY, 1_000_000.0 - 601),
        (FailureKind.CREDENTIAL_EXPIRED, 1_000_000.0 + 90 * 86_400),
    ],
)
def test_a_credential_outside_its_time(kind: FailureKind, wall: float) -> None:
    respond_fails(kind, honest(), wall)
    offer_fails(kind, honest(), wall=wall)


def test_a_clock_ten_minutes_behind_is_fine() -> None:
    caller = call()
    assert caller.receive_respond(answer(caller.invite).respond_message, 1_000_000.0 - 600)


def test_an_epoch_lower_than_the_highest_seen() -> None:
    caller = call()
    callee = answer(caller.invite)
    message = callee.respond_message
    lowered = copy.copy(caller)
    fails(FailureKind.EPOCH_LOWERED, lambda: lowered.receive_respond(message, WALL, 8))
    assert_over(lowered)
    assert copy.copy(caller).receive_respond(message, WALL, 7).epoch == 7
    key = BOB.credential.identity_key
    pinned = copy.copy(caller)
    fails(
        FailureKind.EPOCH_LOWERED,
        lambda: pinned.receive_respond(message, WALL, 8, pinned_key=key),
    )
    # Another key has an epoch of its own; that the key changed is for the owner to see.
    assert copy.copy(caller).receive_respond(message, WALL, 8, pinned_key=bytes(32))
    caller.receive_respond(message, WALL)
    offer = caller.offer(SDP.encode())
    fails(FailureKind.EPOCH_LOWERED, lambda: callee.receive_offer(offer, WALL, 8))
    assert_over(callee)


def test_a_revelation_that_was_not_committed_to() -> None:
    run = honest()
    invite = run.m1()
    run.n_a = bytes([33] * 32)
    offer_fails(FailureKind.COMMITMENT, run, m1=invite)
    run = honest()
    invite = run.m1()
    run.cred_a = reference.ADA.credential(epoch=8)
    offer_fails(FailureKind.COMMITMENT, run, m1=invite)


def test_the_capabilities_told_in_the_handshake_count() -> None:
    run = honest()
    run.caps_b = (7).to_bytes(8, "big")
    caller = call()
    assert caller.receive_respond(run.respond(caller.invite), WALL).capabilities == 7
    run = honest()
    run.caps_a = (9).to_bytes(8, "big")
    callee = answer(run.m1())
    run.take_respond(run.m1(), callee.respond_message)
    assert callee.receive_offer(run.offer(SDP.encode()), WALL).peer.capabilities == 9


def test_capabilities_other_than_the_signed_ones() -> None:
    run = honest()
    run.respond(run.m1())
    signed = reference.lh("tr", run.th2, run.cred_b, run.caps_b)
    signature = reference.ed25519(reference.BOB.device_seed).sign(
        reference.P + b" sig r\0" + signed
    )
    respond = honest().respond(run.m1(), signature=signature)
    assert call().receive_respond(respond, WALL)
    run = honest()
    run.caps_b = (5).to_bytes(8, "big")
    respond_fails(FailureKind.AUTHENTICATION, run, signature=signature)


def test_an_offer_without_a_signature() -> None:
    offer_fails(FailureKind.AUTHENTICATION, honest(), signature=bytes(64))


@pytest.mark.parametrize(
    "content",
    [
        (4).to_bytes(4, "big").ljust(768, b"\0"),
        (900).to_bytes(4, "big").ljust(768, b"\0"),
        (305).to_bytes(4, "big") + bytes(763) + b"\1",
        reference.padded(bytes(306), 768),
    ],
    ids=["short", "longer than it is", "padding not zero", "one byte too many"],
)
def test_what_is_sealed_in_an_answer_has_its_form(content: bytes) -> None:
    respond_fails(FailureKind.CONTENT, honest(), content=content)


def test_what_is_sealed_in_an_offer_has_its_form() -> None:
    offer_fails(FailureKind.CONTENT, honest(), content=reference.padded(bytes(336), 4096))
    roomy = reference.padded(bytes(400), 8192)
    offer_fails(FailureKind.CONTENT, honest(), content=roomy)


@pytest.mark.parametrize("sdp", [b"", SDP.encode() + b"\xff", SDP.encode() * 2])
def test_an_offer_whose_description_breaks_the_rules(sdp: bytes) -> None:
    offer_fails(FailureKind.BAD_DESCRIPTION, honest(), sdp=sdp)


def test_malformed_credentials_inside_valid_seals() -> None:
    run = honest()
    run.cred_b = reference.BOB.credential(version=2)
    respond_fails(FailureKind.CREDENTIAL_INVALID, run)
    run = honest()
    run.cred_a = reference.ADA.credential(device_key=bytes(32))
    offer_fails(FailureKind.CREDENTIAL_INVALID, run)


# Keys that cannot be agreed with

SMALL_ORDER_X25519 = [
    bytes(32),
    (1).to_bytes(32, "little"),
    (2**255 - 19).to_bytes(32, "little"),
    (2**255 - 20).to_bytes(32, "little"),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
]


@pytest.mark.parametrize("key", SMALL_ORDER_X25519)
def test_small_order_agreement_keys(key: bytes) -> None:
    fails(FailureKind.AUTHENTICATION, lambda: answer(honest().m1(x_a=key)))
    caller = call()
    message = answer(caller.invite).respond_message
    altered = message[:21] + key + message[53:]
    fails(FailureKind.AUTHENTICATION, lambda: caller.receive_respond(altered, WALL))
    assert_over(caller)


def test_an_encapsulation_key_out_of_range() -> None:
    invite = honest().m1(ek_a=b"\xff" * 1184)
    fails(FailureKind.AUTHENTICATION, lambda: answer(invite))


# Whom an invite is for, and refusals


def test_an_invite_for_somebody_else_is_not_answered() -> None:
    invite = call().invite
    fails(FailureKind.WRONG_ACCOUNT, lambda: answer(invite, local(MALLORY)))
    fails(FailureKind.WRONG_DEVICE, lambda: answer(invite, local(OTHER_DEVICE)))
    fails(
        FailureKind.WRONG_ACCOUNT,
        lambda: refuse(local(MALLORY), invite, RefusalReason.SETTING),
    )


@pytest.mark.parametrize("reason", RefusalReason)
def test_a_refusal_says_who_and_why(reason: RefusalReason) -> None:
    caller = call()
    refusal = caller.receive_refusal(refuse(BOB, caller.invite, reason), WALL)
    assert refusal.reason is reason
    assert refusal.peer.identity_key == BOB.credential.identity_key
    assert (refusal.peer.account_id, refusal.peer.epoch) == (reference.BOB.account, 7)
    # It decides nothing by itself: an answer can still come.
    assert caller.receive_respond(answer(caller.invite).respond_message, WALL)


def test_a_refusal_after_an_answer_is_ignored() -> None:
    caller, _ = after_offer()
    message = refuse(BOB, caller.invite, RefusalReason.POLICY)
    fails(FailureKind.UNEXPECTED, lambda: caller.receive_refusal(message, WALL))
    assert caller.session


@pytest.mark.parametrize(
    ("cause", "callee", "wall"),
    [
        (FailureKind.WRONG_ACCOUNT, MALLORY, WALL),
        (FailureKind.WRONG_DEVICE, OTHER_DEVICE, WALL),
        (FailureKind.CREDENTIAL_EXPIRED, reference.BOB, WALL + 91 * 86_400),
    ],
)
def test_a_refusal_that_does_not_count(
    cause: FailureKind, callee: reference.Person, wall: float
) -> None:
    caller = call()
    run = reference.Handshake(reference.ADA, callee, reference.CALL_ID, reference.LEG)
    message = run.refusal(caller.invite, 1)
    failure = fails(FailureKind.REFUSAL_INVALID, lambda: caller.receive_refusal(message, wall))
    assert failure.harmless
    assert isinstance(failure.__cause__, ProtocolFailure)
    assert failure.__cause__.kind is cause


def test_a_refusal_of_another_invite_does_not_count() -> None:
    other = refuse(BOB, call(local(MALLORY)).invite, RefusalReason.POLICY)
    fails(FailureKind.REFUSAL_INVALID, lambda: call().receive_refusal(other, WALL))


def test_a_failure_names_its_kind_and_tells_a_person_a_sentence() -> None:
    failure = ProtocolFailure(FailureKind.COMMITMENT)
    assert repr(failure) == "ProtocolFailure(commitment)"
    assert str(failure).startswith("The keys could not be agreed")
    assert not failure.harmless
