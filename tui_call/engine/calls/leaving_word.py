"""Word of a call that nobody took, left with the service for the one who was called."""

import logging
from collections.abc import Callable
from dataclasses import replace

from tui_call.engine.calls.call_state import CallState
from tui_call.engine.service.faults import ServiceFault
from tui_call.engine.service.membership import ServiceMembership
from tui_call.sentences import sentence
from tui_call.signaling.messages import LeaveMissedCall

KEPT_WITHIN = 5.0

log = logging.getLogger(__name__)


async def leave_word(
    membership: ServiceMembership, record: CallState, show: Callable[[], None]
) -> None:
    """Leave word of a call that has ended; then say whether the service keeps it.

    Args:
        membership: reaches the service.
        record: of the call.
        show: shows the record anew.
    """
    code = "G_WORD_LEFT"
    try:
        await membership.request(
            lambda number: LeaveMissedCall(number, record.id.hex(), record.account), KEPT_WITHIN
        )
    except ServiceFault as fault:
        log.warning("no word left", {"error": type(fault).__name__})
        code = "G_WORD_NOT_LEFT"
    if record.end_words is not None:
        record.end_words = replace(record.end_words, why=sentence(code).text)
        show()
