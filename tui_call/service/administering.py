"""Requests of administrators, which travel unread: who may ask what, and who answers."""

import typing

import msgspec

from tui_call.service.dispatch import Needs
from tui_call.service.faults import Malformed, Unavailable
from tui_call.service.session import ClientSession
from tui_call.signaling import administration
from tui_call.signaling.administration import ChangingRequest
from tui_call.signaling.messages import Administer, MalformedMessage

_CHANGING = {kind.__struct_config__.tag for kind in typing.get_args(ChangingRequest)}


class _Head(msgspec.Struct, frozen=True):
    """What tells one request from another."""

    ask: str


_head = msgspec.json.Decoder(_Head)


def needs(message: Administer) -> Needs:
    """Return who may ask that: auditors read, administrators change.

    Raises:
        Malformed: the body is no request.
    """
    try:
        asked = _head.decode(message.body).ask
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(MalformedMessage("why", reason=error).sentence) from error
    return "admin" if asked in _CHANGING else "auditor"


async def administer(_session: ClientSession, message: Administer) -> None:
    """Answer a request of an administrator.

    Raises:
        Malformed: the body is no request.
        Unavailable: nothing here answers it.
    """
    try:
        administration.decode(message.body)
    except MalformedMessage as error:
        raise Malformed(error.sentence) from error
    raise Unavailable
