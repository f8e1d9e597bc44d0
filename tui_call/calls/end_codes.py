"""How a call's end is said to the other device: the codes of DECLINE, HANGUP and END.

Only what the other person should know has a code; every other reason is a plain hang-up. What an
incoming code means depends on where the call stands here: a caller who gives up while it rings is
a missed call, the same code in a conversation is a hang-up. Codes that are not known are the
plainest of their message, so that later versions can add some.
"""

from enum import IntEnum
from typing import assert_never

from tui_call.calls.states import FAREWELLS, EndSignal, State
from tui_call.e2ee.control_messages import Decline, HangUp
from tui_call.reasons import EndReason


class DeclineCode(IntEnum):
    """Why the callee does not take a call that rang."""

    DECLINED = 0
    BUSY = 1
    DO_NOT_DISTURB = 2
    NO_ANSWER = 3


class HangUpCode(IntEnum):
    """Why a side ended a call whose keys were agreed; also the reason in END.

    TAKEN and DECLINED tell a device that rings what the person did on another one.
    """

    HUNG_UP = 0
    CONNECTION_LOST = 1
    NO_PATH = 2
    CODES_DIFFER = 3
    ENGINE_STOPPED = 4
    NO_ANSWER = 5
    TAKEN = 6
    DECLINED = 7
    NOT_COMPARED = 8


_DECLINE_CODES = {
    EndReason.DECLINED: DeclineCode.DECLINED,
    EndReason.HUNG_UP: DeclineCode.DECLINED,
    EndReason.BUSY: DeclineCode.BUSY,
    EndReason.REPLACED: DeclineCode.BUSY,  # with a newer call of the same person
    EndReason.DO_NOT_DISTURB: DeclineCode.DO_NOT_DISTURB,
    EndReason.NO_ANSWER: DeclineCode.NO_ANSWER,
    EndReason.CANCELLED: DeclineCode.NO_ANSWER,  # it rang in vain until the callee's own deadline
}
_HANG_UP_CODES = {
    EndReason.CONNECTION_LOST: HangUpCode.CONNECTION_LOST,
    EndReason.NO_PATH: HangUpCode.NO_PATH,
    EndReason.CODES_DIFFER: HangUpCode.CODES_DIFFER,
    EndReason.ENGINE_STOPPED: HangUpCode.ENGINE_STOPPED,
    EndReason.NO_ANSWER: HangUpCode.NO_ANSWER,
    EndReason.TAKEN: HangUpCode.TAKEN,
    EndReason.DECLINED: HangUpCode.DECLINED,
    EndReason.NOT_COMPARED: HangUpCode.NOT_COMPARED,
}

_DECLINED: dict[int, EndReason] = {
    DeclineCode.BUSY: EndReason.BUSY,
    DeclineCode.DO_NOT_DISTURB: EndReason.DO_NOT_DISTURB,
    DeclineCode.NO_ANSWER: EndReason.NO_ANSWER,
}
_HUNG_UP_WHILE_RINGING_THERE: dict[int, EndReason] = {
    HangUpCode.NO_PATH: EndReason.NO_PATH,
    HangUpCode.ENGINE_STOPPED: EndReason.OFFLINE,
    HangUpCode.NO_ANSWER: EndReason.NO_ANSWER,
}
_HUNG_UP_WHILE_RINGING_HERE: dict[int, EndReason] = {
    HangUpCode.TAKEN: EndReason.TAKEN,
    HangUpCode.DECLINED: EndReason.DECLINED,
}
_HUNG_UP_IN_CALL: dict[int, EndReason] = {
    HangUpCode.CONNECTION_LOST: EndReason.CONNECTION_LOST,
    HangUpCode.NO_PATH: EndReason.NO_PATH,
    HangUpCode.CODES_DIFFER: EndReason.CODES_DIFFER,
    HangUpCode.NOT_COMPARED: EndReason.NOT_COMPARED,
}


def decline_code(reason: EndReason) -> DeclineCode | None:
    """Return the code with which a ringing call is declined, None if that takes a HANGUP."""
    return _DECLINE_CODES.get(reason)


def hang_up_code(reason: EndReason) -> HangUpCode:
    """Return the code of HANGUP and END for the reason that the person here is told."""
    return _HANG_UP_CODES.get(reason, HangUpCode.HUNG_UP)


def farewell(reason: EndReason, state: State) -> Decline | HangUp | None:
    """Return what the control channel says of an end in a state, None where ABORT says it."""
    match FAREWELLS[state]:
        case EndSignal.ABORT:
            return None
        case EndSignal.DECLINE if (code := decline_code(reason)) is not None:
            return Decline(code)
        case EndSignal.DECLINE | EndSignal.HANG_UP | EndSignal.HANG_UP_AND_END:
            return HangUp(hang_up_code(reason))
        case _ as unknown:  # pragma: no cover
            assert_never(unknown)


def declined(code: int, state: State) -> EndReason:
    """Return why a call is over when the peer's DECLINE arrives in a state."""
    if state is State.WAIT_ANSWER:
        return _DECLINED.get(code, EndReason.DECLINED)
    return hung_up(HangUpCode.HUNG_UP, state, is_caller=True)


def hung_up(code: int, state: State, *, is_caller: bool) -> EndReason:
    """Return why a call is over when the peer's HANGUP or END arrives in a state."""
    match state:
        case State.RINGING:
            return _HUNG_UP_WHILE_RINGING_HERE.get(code, EndReason.CANCELLED)
        case State.WAIT_ANSWER:
            return _HUNG_UP_WHILE_RINGING_THERE.get(code, EndReason.DECLINED)
        case State.ANSWERING | State.CONNECTING if code == HangUpCode.TAKEN and not is_caller:
            return EndReason.TAKEN  # the person answered here, and on another device before
        case _:
            return _HUNG_UP_IN_CALL.get(code, EndReason.HUNG_UP)
