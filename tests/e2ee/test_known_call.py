"""Every byte of a call after its handshake, against the second implementation."""

import json
from pathlib import Path

import pytest

from tests.e2ee import call_reference
from tests.e2ee import handshake_reference as reference
from tests.e2ee.call_reference import FRAMES, NONCE, REKEYS, SPEECH
from tests.e2ee.machines import ADA, BOB, SDP, call
from tui_call.e2ee import control_channel as control
from tui_call.e2ee.control_messages import encode_control
from tui_call.e2ee.fingerprint import fingerprint
from tui_call.e2ee.handshake import RefusalReason, refuse
from tui_call.e2ee.key_schedule import GenerationKeys, first_generation, next_generation
from tui_call.e2ee.media import FRAMES_PER_STEP, MediaOpener, MediaSealer
from tui_call.e2ee.messages import encode_abort
from tui_call.e2ee.security_code import security_code
from tui_call.e2ee.sframe import ratchet
from tui_call.payload import Audio

VECTORS = Path(__file__).parent.parent / "vectors"
TEXTS = ("fingerprint", "digits", "emoji", "words")
SAID: dict[str, control.ControlMessage] = {
    "ringing": control.Ringing(),
    "answer": control.Answer(SDP),
    "decline": control.Decline(2),
    "hang_up": control.HangUp(1),
    "hold": control.Hold(True),
    "muted": control.Muted(False),
    "note": control.Note("Grüße, 世界"),
    "leave_ask": control.LeaveAsk(NONCE, "record", "Ada, Bob, the archive"),
    "leave_yes": control.LeaveYes(NONCE, "room 5"),
    "leave_no": control.LeaveNo(NONCE),
    "reconnect_offer": control.Reconnect(1, control.ReconnectRole.OFFER, SDP),
    "reconnect_answer": control.Reconnect(1, control.ReconnectRole.ANSWER, SDP),
    "reconnect_ask": control.ReconnectAsk(2),
    "rekey_ask": control.RekeyAsk(),
}


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return json.loads((VECTORS / "call.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def known(texts: dict[str, str]) -> dict[str, bytes]:
    written = json.loads((VECTORS / "handshake.json").read_text()) | texts
    return {name: bytes.fromhex(value) for name, value in written.items() if name not in TEXTS}


@pytest.fixture(scope="module")
def generations(known: dict[str, bytes]) -> list[GenerationKeys]:
    """Return the product's keys of all generations, given the secrets that were agreed."""
    made = [first_generation(known["hs"], known["th4"])]
    for index in range(1, REKEYS + 1):
        names = ("request", "answer", "kem", "agreed")
        arguments = [known[f"{index}_{name}"] for name in names]
        made.append(next_generation(made[-1].chain, *arguments))
    return made


def channel(keys: GenerationKeys, direction: str) -> control.ControlChannel:
    sending, receiving = keys.control_i2r, keys.control_r2i
    if direction == "r2i":
        sending, receiving = receiving, sending
    return control.ControlChannel(
        reference.CALL_ID, reference.LEG, sending=sending, receiving=receiving
    )


def test_the_stored_vectors_are_what_the_reference_makes(texts: dict[str, str]) -> None:
    assert texts == call_reference.known_call()


def test_refusals_and_aborts(known: dict[str, bytes]) -> None:
    for reason in RefusalReason:
        assert refuse(BOB, call().invite, reason) == known[f"refuse_{reason.value}"]
    for leg in range(4):
        assert encode_abort(reference.CALL_ID, leg) == known[f"abort_{leg}"]


def test_one_message_a_tag_is_said_here() -> None:
    tags = {encode_control(message)[0] for message in SAID.values()}
    rekeys = {kind.tag for kind in (control.Rekey1, control.Rekey2, control.RekeyAck)}
    assert tags | rekeys == set(range(1, 17))


@pytest.mark.parametrize("direction", ["i2r", "r2i"])
def test_every_control_message(
    known: dict[str, bytes], generations: list[GenerationKeys], direction: str
) -> None:
    sender = channel(generations[0], direction)
    receiver = channel(generations[0], "r2i" if direction == "i2r" else "i2r")
    for name, message in SAID.items():
        wire = known[f"ctl_{direction}_{name}"]
        assert sender.seal(message, 0.0) == wire
        assert receiver.receive(wire, 0.0).messages == (message,)


def test_three_rekeys_on_the_wire(
    known: dict[str, bytes], generations: list[GenerationKeys]
) -> None:
    caller, callee = channel(generations[0], "i2r"), channel(generations[0], "r2i")
    for side in (caller, callee):
        for message in SAID.values():
            side.seal(message, 0.0)
    for index, keys in enumerate(generations[1:], 1):
        request, answer = known[f"{index}_request"], known[f"{index}_answer"]
        said = {
            "rekey1": (caller, control.Rekey1(index, request[5:37], request[37:])),
            "rekey2": (callee, control.Rekey2(index, answer[5:37], answer[37:])),
            "rekey_ack": (caller, control.RekeyAck(index)),
        }
        for name, (side, message) in said.items():
            assert side.seal(message, 0.0) == known[f"{index}_{name}"]
        caller.start_sending(keys.control_i2r)
        callee.start_sending(keys.control_r2i)


def test_the_keys_of_every_generation(
    known: dict[str, bytes], generations: list[GenerationKeys]
) -> None:
    for index, keys in enumerate(generations[1:], 1):
        assert keys.generation == index
        assert keys.chain.transcript == known[f"{index}_th"]
        assert keys.chain.secret == known[f"{index}_chain"]
        for direction, part in (("i2r", keys.control_i2r), ("r2i", keys.control_r2i)):
            assert part.key == known[f"{index}_ctl_{direction}_key"]
            assert part.iv == known[f"{index}_ctl_{direction}_iv"]
        assert keys.media_i2r == known[f"{index}_sframe_i2r"]
        assert keys.media_r2i == known[f"{index}_sframe_r2i"]


@pytest.mark.parametrize("direction", ["i2r", "r2i"])
@pytest.mark.parametrize("index", range(REKEYS + 1))
def test_frames_over_steps_and_a_wrap_of_the_step_bits(
    known: dict[str, bytes], generations: list[GenerationKeys], index: int, direction: str
) -> None:
    keys = generations[index]
    base_key = keys.media_i2r if direction == "i2r" else keys.media_r2i
    sealer, opener = MediaSealer(base_key, index), MediaOpener()
    opener.install(index, base_key)
    last = FRAMES[-1] if index in (0, REKEYS) else (1, 0)
    for number in range(last[0] * FRAMES_PER_STEP + last[1] + 1):
        packet = sealer.seal(number, [Audio(SPEECH)])
        place = divmod(number, FRAMES_PER_STEP)
        if place in FRAMES:
            step, counter = place
            assert packet == known[f"{index}_{direction}_frame_{step}_{counter}"]
            frame = opener.open(packet, number * 0.02)
            assert frame is not None
            assert (frame.number, frame.blocks) == (number, (Audio(SPEECH),))


def test_ratchet_steps(known: dict[str, bytes], generations: list[GenerationKeys]) -> None:
    key, steps = generations[0].media_i2r, dict(FRAMES)
    for step in range(max(steps) + 1):
        if step in steps:
            assert key == known[f"0_i2r_base_key_{step}"]
        key = ratchet(key)


def test_fingerprint_and_code(texts: dict[str, str], known: dict[str, bytes]) -> None:
    parties = [(side.credential.identity_key, side.credential.account_id) for side in (ADA, BOB)]
    assert fingerprint(*parties[0], *parties[1]).replace(" ", "") == texts["fingerprint"]
    code = security_code(known["sas"])
    assert code.digits.replace(" ", "") == texts["digits"]
    assert " ".join(symbol for symbol, _ in code.emoji) == texts["emoji"]
    assert " ".join(code.words) == texts["words"]
