"""The two machines against each other, and against whoever is in between."""

import copy
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import (
    ADA,
    BOB,
    MALLORY,
    SDP,
    WALL,
    after_offer,
    answer,
    assert_over,
    call,
    callee_entropy,
    fails,
    flipped,
    honest,
    local,
    secrets_of,
    sessions,
)
from tests.support.sealing_spy import SPY
from tui_call.e2ee.control_channel import Muted, Ringing
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.handshake import (
    CalleeHandshake,
    PeerIdentity,
    RefusalReason,
    refuse,
)
from tui_call.e2ee.messages import MessageHeader, MessageType
from tui_call.identifiers import AccountId

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
    offer = callee.receive_offer(caller.offer(SDP.encode()), WALL)
    assert offer.description == SDP.encode()
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
    assert caller.offer(SDP.encode()) == run.offer(SDP.encode())
    callee = answer(m1)
    run.take_respond(m1, callee.respond_message)
    assert callee.receive_offer(run.offer(SDP.encode()), WALL).description == SDP.encode()


def test_secrets_exist_only_while_they_are_needed() -> None:
    caller = call()
    assert secrets_of(caller) == {"_ephemeral", "_nonce"}
    callee = answer(caller.invite)
    assert secrets_of(callee) == {"_agreed"}
    caller.receive_respond(callee.respond_message, WALL)
    assert secrets_of(caller) == {"_nonce", "_agreed"}
    callee.receive_offer(caller.offer(SDP.encode()), WALL)
    assert secrets_of(caller) == secrets_of(callee) == set()


def test_a_larger_description_takes_the_next_size() -> None:
    lengths = set()
    for lines in (0, 90, 190):
        sdp = SDP + "a=candidate:0 1 udp 1 192.0.2.1 9 typ host ufrag abcdefgh\r\n" * lines
        caller = call()
        callee = answer(caller.invite)
        caller.receive_respond(callee.respond_message, WALL)
        lengths.add(len(caller.offer(sdp.encode())) - 21 - 16)
        assert callee.receive_offer(caller.stored_offer, WALL).description == sdp.encode()
    assert lengths == {4096, 8192, 16_384}


def test_no_key_and_nonce_seal_two_plaintexts() -> None:
    """The spy of `conftest` watches every test; here is much for it to see."""
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
    assert SPY.sealed > 60
    assert SPY.reused == 0


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
        caller.offer(SDP.encode())
    with pytest.raises(RuntimeError):
        _ = caller.stored_offer
    callee = answer(caller.invite)
    caller.receive_respond(callee.respond_message, WALL)
    caller.offer(SDP.encode())
    with pytest.raises(RuntimeError):
        caller.offer(SDP.encode())


def test_what_a_description_says_is_not_the_handshake_s_to_know() -> None:
    description = bytes(range(256)) * 62 + bytes(171)
    caller = call()
    callee = answer(caller.invite)
    caller.receive_respond(callee.respond_message, WALL)
    with pytest.raises(ValueError, match="more than the message holds"):
        caller.offer(description + b"x")
    assert callee.receive_offer(caller.offer(description), WALL).description == description


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
                attacked.offer(SDP.encode())


def test_an_altered_offer_never_verifies() -> None:
    caller, callee = after_offer()
    message = caller.stored_offer
    for position in range(len(message)):
        attacked = copy.copy(callee)
        with pytest.raises(ProtocolFailure) as caught:
            attacked.receive_offer(flipped(message, position), WALL)
        if caught.value.harmless:
            assert position < 21
            assert attacked.receive_offer(message, WALL).description == SDP.encode()
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
    header = MessageHeader(MessageType(message_type), reference.CALL_ID, reference.LEG)
    body = data.draw(st.binary(min_size=length, max_size=length))
    assert_only_protocol_failures(header.encode() + body)
