"""What the shield says of a call, for who placed it and for who answered."""

from typing import Literal

import pytest

from tui_call.engine.calls.call_state import CallState
from tui_call.engine.views.call import shield
from tui_call.identifiers import AccountId
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.gate import Phase
from tui_call.permissions.policies import Authority, DecidedBy

ENCRYPTION = OwnEncryption("ON_SELF", (), DecidedBy(Authority.SETTING), None, None)


@pytest.mark.parametrize(
    ("direction", "words"), [("outgoing", "Ben answered."), ("incoming", "You answered Ben.")]
)
def test_who_answered_is_told_so(
    direction: Literal["outgoing", "incoming"], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CallState, "phase", Phase.CONNECTING)
    call = CallState(bytes(16), AccountId("ben@home"), "Ben", direction, ENCRYPTION, lambda: 0.0)
    assert shield(call, 0.0).text == f"{words} Connecting the sound."
