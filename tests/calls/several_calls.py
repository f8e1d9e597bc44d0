"""Calls of several people, and what the engine says of them to the core."""

from dataclasses import replace

from tui_call.calls.concurrent_events import (
    Attendance,
    CallerProven,
    CallOver,
)
from tui_call.calls.rivals import CallOn, Invited

ADA, BOB, CLEO, DAN = "ada@home", "bob@home", "cleo@home", "dan@home"
KEY, LAPTOP, PHONE = b"\x01" * 32, b"\x0a" * 16, b"\x0b" * 16


def number(value: int) -> bytes:
    return value.to_bytes(16, "big")


ONE, TWO, THREE, FOUR, FIVE = map(number, range(1, 6))
PERSON, NOBODY, ENGINE = Attendance.PERSON, Attendance.NOBODY, Attendance.ENGINE


def invited(call_id: bytes, account: str, device: bytes = LAPTOP) -> Invited:
    return Invited(call_id, account, device, KEY, pinned_before=True, order=call_id[-1])


def comes(
    call_id: bytes, account: str, *rivals: CallOn, attendance: Attendance = PERSON
) -> CallerProven:
    return CallerProven(invited(call_id, account), rivals, attendance)


def own(call_id: bytes, account: str) -> CallOn:
    """Return a call that was placed here and not answered."""
    return CallOn(call_id, account, True, False, KEY, True, frozenset(), False, call_id[-1])


def agreed(call_id: bytes, account: str) -> CallOn:
    return replace(own(call_id, account), outgoing=False, agreed=True, devices=frozenset({LAPTOP}))


def over(call_id: bytes, *, spoke: bool = True, attendance: Attendance = PERSON) -> CallOver:
    return CallOver(call_id, spoke, attendance)
