"""The calls of an engine, and who owns them."""

from typing import cast

from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.owner import CallOwner
from tui_call.identifiers import AccountId
from tui_call.permissions.encryption import OwnEncryption


class Closing:
    """An owner that has something to close."""

    def __init__(self, call_id: bytes) -> None:
        self.id = call_id
        self.over = False


def begun(calls: CallList, number: int) -> tuple[CallState, Closing]:
    """Take a call in, with an owner."""
    call_id = number.to_bytes(16, "big")
    own = cast("OwnEncryption", None)  # nobody looks at it
    record = CallState(call_id, AccountId("ben@acme"), "Ben", "outgoing", own, lambda: 0.0)
    owner = Closing(call_id)
    calls.add(record)
    calls.own(cast("CallOwner", owner))
    return record, owner


def test_an_owner_is_known_until_it_has_closed_all_whatever_stands_in_its_place() -> None:
    calls = CallList()
    (replaced, first), (stays, second) = begun(calls, 1), begun(calls, 2)
    calls.rename(stays, replaced.id)
    assert calls.owners == (second, first)
    first.over = True
    calls.forget(stays.id)
    assert calls.owners == (second,)
    second.over = True
    calls.forget(stays.id)
    assert calls.owners == ()
