"""Every message and derived key against a second implementation that shares no code."""

import json
from pathlib import Path

import pytest

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, BOB, SDP, WALL, call, callee_entropy, sessions
from tui_call.e2ee import key_schedule
from tui_call.e2ee.control_channel import ControlChannel, Note, Received, Rekey1, Rekey2
from tui_call.e2ee.control_messages import encode_control
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, RefusalReason, refuse
from tui_call.e2ee.key_schedule import (
    Agreement,
    GenerationKeys,
    Response,
    Revelation,
    first_generation,
    next_generation,
)
from tui_call.e2ee.messages import Invite, Respond

VECTORS = Path(__file__).parent.parent / "vectors" / "handshake.json"


@pytest.fixture(scope="module")
def known() -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in json.loads(VECTORS.read_text()).items()}


@pytest.fixture
def run(known: dict[str, bytes]) -> tuple[CallerHandshake, CalleeHandshake]:
    caller = call()
    entropy = callee_entropy(lambda _: (known["ct"], known["ss_mlkem"]))
    callee = CalleeHandshake.respond(BOB, caller.invite, entropy)
    caller.receive_respond(callee.respond_message, WALL)
    callee.receive_offer(caller.offer(SDP.encode()), WALL)
    return caller, callee


def test_the_stored_vectors_are_what_the_reference_makes() -> None:
    assert json.loads(VECTORS.read_text()) == reference.known_answers()


def test_every_handshake_message(
    known: dict[str, bytes], run: tuple[CallerHandshake, CalleeHandshake]
) -> None:
    caller, callee = run
    assert caller.invite == known["m1"]
    assert callee.respond_message == known["m2"]
    assert caller.stored_offer == known["m3"]
    assert refuse(BOB, caller.invite, RefusalReason.POLICY) == known["refuse_policy"]
    assert caller.abort() == callee.abort() == known["abort"]


def test_both_sides_hold_the_known_secrets(
    known: dict[str, bytes], run: tuple[CallerHandshake, CalleeHandshake]
) -> None:
    caller, callee = run[0].session, run[1].session
    assert caller.security_code_secret == callee.security_code_secret == known["sas"]
    assert caller.send_key == callee.receive_key == known["sframe_i2r"]
    assert caller.receive_key == callee.send_key == known["sframe_r2i"]
    assert caller.control.seal(Note("Grüße"), 0.0) == known["ctl_note"]
    assert callee.control.receive(known["ctl_note"], 0.0).messages == (Note("Grüße"),)


def test_every_value_of_the_key_schedule(known: dict[str, bytes]) -> None:
    invite, respond = Invite.decode(known["m1"]), Respond.decode(known["m2"])
    assert key_schedule.hello_transcript(invite, respond) == known["th2"]
    agreed = key_schedule.agreement(known["th2"], known["ss_mlkem"], known["ss_x25519"])
    assert agreed.secret == known["hs"]
    assert (agreed.respond_key(), agreed.offer_key()) == (known["k_r"], known["k_i"])
    response = Response(respond.sealed, known["cred_b"], reference.CAPS)
    revealed = Revelation(known["n_a"], known["cred_a"], reference.CAPS, known["sdp"])
    th3 = key_schedule.offer_transcript(agreed, response, revealed)
    assert th3 == known["th3"]
    assert key_schedule.final_transcript(th3, known["m3"]) == known["th4"]
    assert key_schedule.code_secret(agreed, response, revealed) == known["sas"]
    assert key_schedule.expand(known["hs"], "main", known["th4"]) == known["main_0"]
    assert_generation(first_generation(known["hs"], known["th4"]), known, "", 0, known["th4"])


def test_the_keys_after_a_rekey(known: dict[str, bytes]) -> None:
    rekey1 = encode_control(Rekey1(1, bytes([7] * 32), bytes([8] * 1184)))
    rekey2 = encode_control(Rekey2(1, bytes([9] * 32), bytes([10] * 1088)))
    assert (rekey1, rekey2) == (known["rekey1"], known["rekey2"])
    first = first_generation(known["hs"], known["th4"])
    second = next_generation(first.chain, rekey1, rekey2, bytes([11] * 32), bytes([12] * 32))
    assert_generation(second, known, "rekeyed_", 1, known["rekeyed_th"])


def assert_generation(
    keys: GenerationKeys,
    known: dict[str, bytes],
    prefix: str,
    number: int,
    transcript: bytes,
) -> None:
    assert keys.media_i2r == known[f"{prefix}sframe_i2r"]
    assert keys.media_r2i == known[f"{prefix}sframe_r2i"]
    assert keys.control_i2r.key == known[f"{prefix}ctl_i2r_key"]
    assert keys.control_i2r.iv == known[f"{prefix}ctl_i2r_iv"]
    assert keys.control_r2i.key == known[f"{prefix}ctl_r2i_key"]
    assert keys.control_r2i.iv == known[f"{prefix}ctl_r2i_iv"]
    assert keys.chain.secret == known[f"{prefix}chain"]
    bound = (keys.control_i2r, keys.control_r2i, keys.chain)
    assert {(part.generation, part.transcript) for part in bound} == {(number, transcript)}


@pytest.mark.parametrize("changed", ["kem", "agreement"])
def test_both_shared_secrets_enter_and_either_alone_is_not_enough(
    known: dict[str, bytes], changed: str
) -> None:
    def secret(kem: bytes, agreed: bytes) -> bytes:
        return key_schedule.agreement(known["th2"], kem, agreed).secret

    kem = bytes(32) if changed == "kem" else known["ss_mlkem"]
    agreed = bytes(32) if changed == "agreement" else known["ss_x25519"]
    assert secret(kem, agreed) != secret(known["ss_mlkem"], known["ss_x25519"]) == known["hs"]


def test_the_code_covers_nothing_that_could_be_searched_after_the_reveal(
    known: dict[str, bytes],
) -> None:
    agreed = Agreement(known["th2"], known["hs"])
    response = Response(b"e2", known["cred_b"], reference.CAPS)

    def code(description: bytes, capabilities: bytes) -> bytes:
        revealed = Revelation(known["n_a"], known["cred_a"], capabilities, description)
        return key_schedule.code_secret(agreed, response, revealed)

    assert code(known["sdp"], reference.CAPS) == code(b"another", bytes(8))


def test_a_session_steps_to_the_generation_that_the_reference_derives(
    known: dict[str, bytes], run: tuple[CallerHandshake, CalleeHandshake]
) -> None:
    arguments = (known["rekey1"], known["rekey2"], bytes([11] * 32), bytes([12] * 32))
    for side in run:
        keys = side.session.next_generation(*arguments)
        assert_generation(keys, known, "rekeyed_", 1, known["rekeyed_th"])
        third = side.session.next_generation(*arguments)
        assert third.chain.generation == 2
        assert third.media_i2r != keys.media_i2r


def test_the_media_keys_are_forgotten_once_taken() -> None:
    session, _ = sessions()
    session.forget_media_keys()
    assert not hasattr(session, "send_key")
    assert not hasattr(session, "receive_key")


def test_no_secret_is_printed(known: dict[str, bytes]) -> None:
    caller, _ = sessions()
    keys = first_generation(known["hs"], known["th4"])
    shown = repr(caller) + repr(keys) + repr(Agreement(known["th2"], known["hs"]))
    for name in ("hs", "sas", "chain", "sframe_i2r", "ctl_i2r_key", "ctl_i2r_iv"):
        assert repr(known[name]) not in shown
    for secret in (caller.send_key, caller.security_code_secret):
        assert repr(secret) not in shown


def test_the_channel_opens_what_the_reference_seals(known: dict[str, bytes]) -> None:
    keys = first_generation(known["hs"], known["th4"])
    channel = ControlChannel(
        reference.CALL_ID, reference.LEG, sending=keys.control_r2i, receiving=keys.control_i2r
    )
    wire = reference.control(
        reference.CALL_ID,
        reference.LEG,
        known["ctl_i2r_key"],
        known["ctl_i2r_iv"],
        known["th4"],
        0,
        bytes(4) + bytes([1]),
    )
    received = channel.receive(wire, 0.0)
    assert len(received.messages) == 1
    # The acknowledgement has the first number of the upper half and says that 1 comes next.
    expected = reference.control(
        reference.CALL_ID,
        reference.LEG,
        known["ctl_r2i_key"],
        known["ctl_r2i_iv"],
        known["th4"],
        1 << 31,
        (1).to_bytes(4, "big") + b"\0",
    )
    assert received == Received(received.messages, (expected,))


def test_the_identities_of_the_tests_are_the_reference_people(known: dict[str, bytes]) -> None:
    assert ADA.credential.encode() == known["cred_a"]
    assert BOB.credential.encode() == known["cred_b"]
