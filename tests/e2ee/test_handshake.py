"""The two machines against each other, against a lying peer, and against whoever is in between."""

import copy
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import (
    ADA,
    BOB,
    SDP,
    WALL,
    after_offer,
    answer,
    call,
    callee_entropy,
    flipped,
    local,
    sessions,
)
from tui_call.e2ee import primitives
from tui_call.e2ee.control_channel import Muted, Ringing
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.handshake import (
    CalleeHandshake,
    CallerHandshake,
    PeerIdentity,
    RefusalReason,
    refuse,
)
from tui_call.e2ee.messages import Header, MessageType
from tui_call.identifiers import AccountId

SECRETS = ("_ephemeral", "_nonce", "_agreed")
MALLORY = reference.Person("mallory@home-3fk2", bytes([0xC0] * 16), b"\xc1" * 32, b"\xc2" * 32)
# Bob's account and device, but another person's keys.
FALSE_BOB = reference.Person(
    reference.BOB.account, reference.BOB.device_id, MALLORY.identity_seed, MALLORY.device_seed
)
OTHER_DEVICE = reference.Person(
    reference.BOB.account, b"\xbb" * 16, reference.BOB.identity_seed, reference.BOB.device_seed
)


def honest() -> reference.Handshake:
    return reference.Handshake(reference.ADA, reference.BOB, reference.CALL_ID, reference.LEG)


def fails(kind: FailureKind, action: Callable[[], object]) -> ProtocolFailure:
    with pytest.raises(ProtocolFailure) as caught:
        action()
    assert caught.value.kind is kind
    return caught.value


def secrets_of(machine: CallerHandshake | CalleeHandshake) -> set[str]:
    return {name for name in SECRETS if hasattr(machine, name)}


def assert_over(machine: CallerHandshake | CalleeHandshake) -> None:
    assert secrets_of(machine) == set()
    with pytest.raises(RuntimeError):
        _ = machine.session


# Both honest


def test_both_sides_know_each_other_and_hold_the_same_keys() -> None:
    caller = call()
    callee = answer(caller.invite)
    assert callee.claimed_account == reference.ADA.account
    assert (callee.call_id, callee.leg) == (caller.call_id, caller.leg)
    peer = caller.receive_respond(callee.respond_message, WALL)
    assert peer == PeerIdentity(
        AccountId(reference.BOB.account),
        BOB.credential.identity_key,
        reference.BOB.device_id,
        BOB.credential.device_key,
        epoch=7,
        capabilities=1,
    )
    offer = callee.receive_offer(caller.offer(SDP), WALL)
    assert offer.sdp == SDP
    assert offer.peer.account_id == reference.ADA.account
    assert offer.peer.identity_key == ADA.credential.identity_key
    assert caller.session.peer == peer
    assert callee.session.peer == offer.peer
    assert (caller.session.is_caller, callee.session.is_caller) == (True, False)
    assert caller.session.security_code_secret == callee.session.security_code_secret


def test_different_randomness_gives_different_keys_and_codes() -> None:
    first, second = sessions()[0], sessions()[0]  # only the encapsulation differs
    assert first.security_code_secret != second.security_code_secret
    assert first.send_key != second.send_key


def test_the_machines_understand_the_reference_on_both_sides() -> None:
    run = honest()
    m1 = run.m1()
    caller = call()
    assert caller.invite == m1
    caller.receive_respond(run.respond(m1), WALL)
    assert caller.offer(SDP) == run.offer(SDP.encode())
    callee = answer(m1)
    run.take_respond(m1, callee.respond_message)
    assert callee.receive_offer(run.offer(SDP.encode()), WALL).sdp == SDP


def test_secrets_exist_only_while_they_are_needed() -> None:
    caller = call()
    assert secrets_of(caller) == {"_ephemeral", "_nonce"}
    callee = answer(caller.invite)
    assert secrets_of(callee) == {"_agreed"}
    caller.receive_respond(callee.respond_message, WALL)
    assert secrets_of(caller) == {"_nonce", "_agreed"}
    callee.receive_offer(caller.offer(SDP), WALL)
    assert secrets_of(caller) == secrets_of(callee) == set()


def test_a_larger_description_takes_the_next_size() -> None:
    lengths = set()
    for lines in (0, 90, 190):
        sdp = SDP + "a=candidate:0 1 udp 1 192.0.2.1 9 typ host ufrag abcdefgh\r\n" * lines
        caller = call()
        callee = answer(caller.invite)
        caller.receive_respond(callee.respond_message, WALL)
        lengths.add(len(caller.offer(sdp)) - 21 - 16)
        assert callee.receive_offer(caller.stored_offer, WALL).sdp == sdp
    assert lengths == {4096, 8192, 16_384}


def test_no_key_and_nonce_seal_two_plaintexts(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed: dict[tuple[bytes, bytes], bytes] = {}

    class Spy:
        def __init__(self, key: bytes) -> None:
            self.key = key

        def encrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
            assert (self.key, nonce) not in sealed
            sealed[self.key, nonce] = data
            return AESGCM(self.key).encrypt(nonce, data, associated)

        def decrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
            return AESGCM(self.key).decrypt(nonce, data, associated)

    monkeypatch.setattr(primitives, "AESGCM", Spy)
    caller, callee = after_offer()
    callee.receive_offer(caller.stored_offer, WALL)
    here, there = caller.session.control, callee.session.control
    for index in range(20):
        now = float(index)
        wires = [here.seal(Muted(index % 2 == 0), now), *here.due(now)]
        for wire in wires:
            for acknowledgement in there.receive(wire, now).send:
                here.receive(acknowledgement, now)
        for wire in (there.seal(Ringing(), now), *there.due(now)):
            here.receive(wire, now)
            here.receive(wire, now)
    assert len(sealed) > 60


# Repetition, order and misuse


def test_the_same_messages_again_are_answered_with_the_stored_ones() -> None:
    caller, callee = after_offer()
    assert callee.is_same_invite(caller.invite)
    assert not callee.is_same_invite(flipped(caller.invite, 1400))
    assert caller.is_same_respond(callee.respond_message)
    assert not caller.is_same_respond(flipped(callee.respond_message, 1900))
    failure = fails(
        FailureKind.DUPLICATE, lambda: caller.receive_respond(callee.respond_message, WALL)
    )
    assert failure.harmless
    callee.receive_offer(caller.stored_offer, WALL)
    session = callee.session
    fails(FailureKind.DUPLICATE, lambda: callee.receive_offer(caller.stored_offer, WALL))
    assert callee.session is session


def test_another_message_for_a_known_leg_is_dropped() -> None:
    caller, callee = after_offer()
    again = answer(caller.invite).respond_message  # another encapsulation
    failure = fails(FailureKind.CONFLICTING, lambda: caller.receive_respond(again, WALL))
    assert failure.harmless
    callee.receive_offer(caller.stored_offer, WALL)
    other = flipped(caller.stored_offer, 500)
    fails(FailureKind.CONFLICTING, lambda: callee.receive_offer(other, WALL))
    assert caller.session.security_code_secret == callee.session.security_code_secret


def test_messages_of_other_calls_and_legs_change_nothing() -> None:
    caller = call()
    callee = answer(caller.invite)
    for position in (4, 20):  # call id, leg
        foreign = bytearray(callee.respond_message)
        foreign[position] ^= 1
        failure = fails(
            FailureKind.UNEXPECTED, lambda m=bytes(foreign): caller.receive_respond(m, WALL)
        )
        assert failure.harmless
    fails(FailureKind.MALFORMED, lambda: caller.receive_respond(caller.invite, WALL))
    assert caller.receive_respond(callee.respond_message, WALL)


def test_an_offer_is_made_once_and_only_after_a_verified_answer() -> None:
    caller = call()
    with pytest.raises(RuntimeError):
        caller.offer(SDP)
    with pytest.raises(RuntimeError):
        _ = caller.stored_offer
    callee = answer(caller.invite)
    caller.receive_respond(callee.respond_message, WALL)
    fails(FailureKind.BAD_DESCRIPTION, lambda: caller.offer("no description"))
    caller.offer(SDP)
    with pytest.raises(RuntimeError):
        caller.offer(SDP)


def test_an_aborted_leg_takes_nothing_more() -> None:
    caller = call()
    callee = answer(caller.invite)
    message = caller.abort()
    assert len(message) == 22
    assert_over(caller)
    fails(FailureKind.UNEXPECTED, lambda: caller.receive_respond(callee.respond_message, WALL))
    other, _ = after_offer()
    assert callee.abort() == message
    fails(FailureKind.UNEXPECTED, lambda: callee.receive_offer(other.stored_offer, WALL))
    assert_over(callee)


def test_only_the_first_well_formed_answer_is_processed() -> None:
    caller = call()
    callee = answer(caller.invite)
    fails(
        FailureKind.AUTHENTICATION,
        lambda: caller.receive_respond(flipped(callee.respond_message, 1200), WALL),
    )
    assert_over(caller)
    fails(FailureKind.UNEXPECTED, lambda: caller.receive_respond(callee.respond_message, WALL))


# In between: every byte of every message


def test_an_altered_invite_never_leads_to_keys() -> None:
    caller = call()
    encapsulate: dict[bytes, tuple[bytes, bytes]] = {}

    def same(key: bytes) -> tuple[bytes, bytes]:
        return encapsulate.setdefault(key, system_encapsulate(key))

    answered = 0
    for position in range(len(caller.invite)):
        altered = flipped(caller.invite, position)
        try:
            callee = CalleeHandshake.respond(BOB, altered, callee_entropy(same))
        except ProtocolFailure:
            continue
        answered += 1
        deceived = copy.copy(caller)
        with pytest.raises(ProtocolFailure):
            deceived.receive_respond(callee.respond_message, WALL)
        with pytest.raises(RuntimeError):
            _ = deceived.session
    assert answered > 1000  # most of M1 is vouched for only by what follows


def test_an_altered_respond_never_verifies() -> None:
    caller = call()
    message = answer(caller.invite).respond_message
    for position in range(len(message)):
        attacked = copy.copy(caller)
        with pytest.raises(ProtocolFailure) as caught:
            attacked.receive_respond(flipped(message, position), WALL)
        if caught.value.harmless:
            assert position < 21  # the header
            assert attacked.receive_respond(message, WALL)
        else:
            assert_over(attacked)
            with pytest.raises(RuntimeError):
                attacked.offer(SDP)


def test_an_altered_offer_never_verifies() -> None:
    caller, callee = after_offer()
    message = caller.stored_offer
    for position in range(len(message)):
        attacked = copy.copy(callee)
        with pytest.raises(ProtocolFailure) as caught:
            attacked.receive_offer(flipped(message, position), WALL)
        if caught.value.harmless:
            assert position < 21
            assert attacked.receive_offer(message, WALL).sdp == SDP
        else:
            assert_over(attacked)


def test_an_altered_refusal_never_verifies() -> None:
    caller = call()
    message = refuse(BOB, caller.invite, RefusalReason.POLICY)
    for position in range(len(message)):
        with pytest.raises(ProtocolFailure) as caught:
            caller.receive_refusal(flipped(message, position), WALL)
        assert caught.value.harmless
    assert caller.receive_refusal(message, WALL).reason is RefusalReason.POLICY


def test_a_swapped_answer_of_another_leg_does_not_verify() -> None:
    here, elsewhere = call(), call(local(MALLORY))
    message = answer(elsewhere.invite).respond_message
    fails(FailureKind.AUTHENTICATION, lambda: here.receive_respond(message, WALL))


def test_a_description_spliced_from_another_handshake_does_not_verify() -> None:
    callee = answer(call().invite)
    other, _ = after_offer()
    fails(FailureKind.AUTHENTICATION, lambda: callee.receive_offer(other.stored_offer, WALL))


def assert_only_protocol_failures(message: bytes) -> None:
    caller, callee = call(), answer(call().invite)
    actions: tuple[Callable[[], object], ...] = (
        lambda: caller.receive_refusal(message, WALL),
        lambda: caller.receive_respond(message, WALL),
        lambda: callee.receive_offer(message, WALL),
        lambda: CalleeHandshake.respond(BOB, message, callee_entropy()),
        lambda: refuse(BOB, message, RefusalReason.POLICY),
    )
    for action in actions:
        with pytest.raises(ProtocolFailure):
            action()


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=2200))
def test_no_bytes_raise_anything_but_a_protocol_failure(message: bytes) -> None:
    assert_only_protocol_failures(message)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([(1, 1394), (2, 1936), (3, 4112), (5, 298)]), st.data())
def test_well_formed_nonsense_is_a_protocol_failure(
    layout: tuple[int, int], data: st.DataObject
) -> None:
    message_type, length = layout
    header = Header(MessageType(message_type), reference.CALL_ID, reference.LEG)
    body = data.draw(st.binary(min_size=length, max_size=length))
    assert_only_protocol_failures(header.encode() + body)


# A peer that lies


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
    assert not fails(kind, lambda: callee.receive_offer(message, wall)).harmless
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
    offer = caller.offer(SDP)
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
    run.caps_b = (5).to_bytes(8, "big")
    caller = call()
    assert caller.receive_respond(run.respond(caller.invite), WALL).capabilities == 5
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
        bytes(767) + b"\1",
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
