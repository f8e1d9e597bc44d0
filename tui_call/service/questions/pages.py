"""Cutting answers to administrators so that each fits a frame."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from tui_call.signaling.administration import (
    MOST_BODY,
    PAGE,
)

_T = TypeVar("_T", bound=msgspec.Struct)

ROOM = MOST_BODY - 2048
"""Bytes of the rows of a page: the rest is for what stands beside them."""
MOST_IN_A_ROW = 100
"""Groups, or grants, that are told of one row."""

_encoder = msgspec.json.Encoder()


def fitting(rows: Sequence[_T], room: int = ROOM) -> tuple[_T, ...]:
    """Return the first rows that together take no more bytes than there is room."""
    for number, row in enumerate(rows):
        room -= len(_encoder.encode(row)) + 1
        if room < 0:
            return tuple(rows[:number])
    return tuple(rows)


def size(rows: Sequence[msgspec.Struct]) -> int:
    """Return how many bytes rows take."""
    return sum(len(_encoder.encode(row)) + 1 for row in rows)


def page_of(asked: int) -> int:
    """Return how many rows to give where so many were asked for."""
    return max(1, min(asked, PAGE))
