"""What has to hold of every call, whatever an attacker does who owns service and network."""

from tests.calls.hostile_service import Attacker, Call, Telephone
from tui_call.calls.effects import Effect, Ended, MayLeave, StartRinging
from tui_call.e2ee.messages import peek
from tui_call.reasons import EndReason

# Everything that a call can have its owner do. Only MayLeave ends in a call without E2EE; whatever
# begins one without the person is not among them, and must never happen here.
EFFECTS_OF_A_CALL = {
    "MayLeave",
    "AcceptAnswer", "AcceptPathAnswer", "ClosePath", "Ended", "KeyChanged", "LeaveAsked",
    "LeaveOver", "LeaveRefused", "MicrophoneSilent", "NoteArrived", "PathTaken", "PeerCompared",
    "PeerHeld", "PeerMuted", "PeerProven", "PrepareAnswer", "PrepareOffer", "PreparePathAnswer",
    "PreparePathOffer", "ReceiveUnder", "SendInMedia", "SendMessage", "SendUnder", "StartMedia",
    "StartRinging", "StateChanged",
}  # fmt: skip


def other_end(attacker: Attacker, phone: Telephone) -> Telephone:
    return attacker.telephones[attacker.other(phone.name)]


def is_with_the_other(attacker: Attacker, phone: Telephone, call: Call) -> bool:
    """Tell whether the call is proven to be with the other honest person."""
    peer, other = call.machine.peer, other_end(attacker, phone)
    return peer is not None and peer.identity_key == other.identity.credential.identity_key


def check_keys(attacker: Attacker, phone: Telephone, call: Call) -> None:
    """Keys are shared with the account and device that were meant, and with its known key."""
    peer = call.machine.peer
    if call.keys is None or peer is None:
        return
    assert peer.account_id == call.account
    assert call.device in (None, peer.device_id)
    pin = phone.pins.get(call.account)
    assert pin is None or peer.identity_key == pin.identity_key
    if is_with_the_other(attacker, phone, call):
        other = other_end(attacker, phone)
        said = (letter for letter in attacker.letters if letter.payload == call.proven_by)
        assert any(letter.sender == other.name and not letter.forged for letter in said)
        _check_ends(call, other.calls[call.key])


def _check_ends(call: Call, other: Call) -> None:
    """The peer's device has this very call; where it has keys, they are the same."""
    assert other.machine.is_caller is not call.machine.is_caller
    if other.keys is None:
        assert call.machine.is_caller  # the callee cannot have keys before the caller
        return
    assert call.keys == other.keys[::-1]
    assert call.code == other.code
    for sent, heard in ((call.sending, other.receiving), (other.sending, call.receiving)):
        assert all(one == two for one, two in zip(sent, heard, strict=False))


def check_codes(attacker: Attacker) -> None:
    """The code tells somebody in the middle: it is the same at both ends of one call only."""
    codes: dict[bytes, Call] = {}
    for _, call in attacker.calls:
        if call.code is not None and call.keys is not None:
            other = codes.setdefault(call.code, call)
            assert other is call or other.keys == call.keys[::-1]
    for leg in attacker.own_legs:
        if leg.session is not None and leg.session.security_code_secret in codes:
            victim = codes[leg.session.security_code_secret]
            assert victim.keys == (leg.session.receive_key, leg.session.send_key)


def check_effect(attacker: Attacker, phone: Telephone, call: Call, effect: Effect) -> None:
    """Nothing rings unproven, ends without a reason, or leaves E2EE without its people."""
    match effect:
        case StartRinging():
            assert call.keys is not None
            assert call.machine.peer is not None
        case Ended(EndReason.E2EE_OFF):
            # a refusal counts from the known key alone, for the invite that it refused
            assert call.account in phone.pins
            refused = other_end(attacker, phone).refused
            assert any(peek(invite).call_id == call.key[0] for invite in refused)
        case Ended(reason):
            assert isinstance(reason, EndReason)
        case MayLeave():
            wanted = set(call.wants_to_leave)
            if is_with_the_other(attacker, phone, call):
                wanted &= other_end(attacker, phone).calls[call.key].wants_to_leave
            assert wanted
        case _:
            pass
