"""What a hostile service chooses from."""

from hypothesis import strategies as st

from tests.calls.two_devices import ANSWER
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import MALLORY, OTHER_DEVICE
from tui_call.calls.events import (
    NewPathWanted,
    SenderIdle,
)
from tui_call.e2ee import control_channel as control

NONCES = [bytes([number] * 16) for number in range(2)]
NAMES = st.sampled_from(["ada", "bob"])
CHOICE = st.integers(0, 10**6)
DEVICES_TOLD = st.sampled_from(
    [reference.BOB.device_id] * 3
    + [reference.ADA.device_id] * 2
    + [MALLORY.device_id, OTHER_DEVICE.device_id, bytes(16)]
)
LIARS = st.sampled_from(["own keys", "stolen", "own account", "another device"])
WANTED = st.sampled_from([NewPathWanted(), SenderIdle()])
SAYINGS = st.sampled_from(
    [
        control.Ringing(),
        control.Answer(ANSWER),
        control.HangUp(0),
        control.Decline(1),
        *(control.LeaveAsk(nonce, "record", "the whole world") for nonce in NONCES),
        *(control.LeaveYes(nonce, "room") for nonce in NONCES),
        control.LeaveNo(NONCES[0]),
        control.ReconnectAsk(1),
        control.RekeyAsk(),
        control.RekeyAck(1),
        control.Rekey1(1, bytes(32), bytes(1184)),
        control.Rekey2(1, bytes(32), bytes(1088)),
        control.Reconnect(1, control.ReconnectRole.OFFER, ANSWER),
        control.Reconnect(1, control.ReconnectRole.ANSWER, ANSWER),
        control.Note("hello"),
    ]
)
