"""The calls that are on, among those that are over: written down, and not yet shown there."""

from collections.abc import Iterable

from tui_call.engine.calls.call_state import CallState
from tui_call.profile.history import History, PastCall


def write_down(history: History, record: CallState) -> bool:
    """Keep that a call is on, as an engine that is killed cannot write how it ended.

    Returns:
        Whether something is new in the history.
    """
    if record.written_down or record.given_up or not record.started:
        return False
    record.written_down = True
    history.add(record.past_call(None))
    return True


def past_calls(history: History, on: Iterable[CallState]) -> tuple[PastCall, ...]:
    """Return the calls that are over, newest first.

    Args:
        history: all that were written down.
        on: the calls that are not over.
    """
    now = [record.past_call(None) for record in on]
    if not now:
        return history.calls
    return tuple(call for call in history.calls if not any(map(call.is_of_call, now)))
