"""Which call an order is about: the one in front, or the one whose id it names."""

from tui_call.control.actions import CallAction
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.manager import CallManager


def named(calls: CallList, action: CallAction) -> bytes | None:
    """Return the id that an order names, None for the call in front.

    Raises:
        ActionRefused: the person knows of no call with this id, or it is over.
    """
    if not action.call:
        return None
    call_id = bytes.fromhex(action.call)
    if call_id in calls.at_hand.ids:
        return call_id
    if call_id in calls.past:
        raise ActionRefused("wrong_state", "N_CALL_OVER")
    raise ActionRefused("not_found", "N_UNKNOWN_CALL")


def addressed(calls: CallList, action: CallAction) -> CallState | None:
    """Return the call that an order is about, None where it names none and there is none.

    Raises:
        ActionRefused: as for `named`.
    """
    call_id = named(calls, action)
    return calls.current if call_id is None else calls.records[call_id]


def expect_seen(manager: CallManager, action: CallAction) -> None:
    """Let nothing that was said to the call before be said to the one that just came.

    Raises:
        ActionRefused: another call is in front, which the person may not have seen yet.
    """
    if not action.call and manager.just_came:
        raise ActionRefused("wrong_state", "C_OTHER_IN_FRONT")
