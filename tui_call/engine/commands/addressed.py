"""Which call an order is about: the one in front, or the one whose id it names."""

from tui_call.control.actions import CallAction, DismissCall
from tui_call.control.server import ActionRefused
from tui_call.engine.calls.call_list import CallList
from tui_call.sentences import sentence


def insist_on_call(calls: CallList, action: CallAction) -> None:
    """Return if the call that an order names is there for it.

    Raises:
        ActionRefused: no call has this id, or it is over; nothing was done.
    """
    if not action.call:
        return
    record = calls.current
    if record is None or record.id.hex() != action.call:
        raise ActionRefused("not_found", sentence=sentence("N_UNKNOWN_CALL"))
    if record.ended and not isinstance(action, DismissCall):
        raise ActionRefused("wrong_state", sentence=sentence("N_CALL_OVER"))
