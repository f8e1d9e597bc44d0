"""Connectivity checks as a bridge answers them: ICE-lite, so it sends none of its own.

A lite agent is found at addresses that it tells, and answers checks there (RFC 8445, sections 2.5
and 7.3). Whoever is not asked for by an authentic check is neither read further nor answered: the
user name is picked out of a message before anything else in it is parsed, and names the leg whose
password has to have signed it.
"""

import struct

from aioice.stun import Class, Message, Method, parse_message

_REQUEST = 0x0001
_COOKIE = 0x2112A442
_USERNAME = 0x0006
_HEADER = struct.Struct(">HHI12x")
_ATTRIBUTE = struct.Struct(">HH")
_FIRST_ATTRIBUTES = 6
"""Among these the user name has to be: who wants to be read at length, is not."""


def asked_for(message: bytes) -> bytes:
    """Return the user name of a binding request (RFC 8489, section 14.3), b"" if it is none."""
    if len(message) < _HEADER.size:
        return b""
    if _HEADER.unpack_from(message) != (_REQUEST, len(message) - _HEADER.size, _COOKIE):
        return b""
    position = _HEADER.size
    for _ in range(_FIRST_ATTRIBUTES):
        start = position + _ATTRIBUTE.size
        if start > len(message):
            break
        kind, length = _ATTRIBUTE.unpack_from(message, position)
        if kind == _USERNAME:
            return message[start : start + length]
        position = start + length + -length % 4
    return b""


def authentic_check(message: bytes, password: bytes) -> Message | None:
    """Return a check that was signed under a password, None for whatever else came.

    Args:
        message: with the user name of the leg in it.
        password: the leg's own.
    """
    try:
        check = parse_message(message)
    except Exception:  # whatever a stranger's bytes can cause
        return None
    return check if check.check_message_integrity(password) else None


def answer_to(check: Message, address: str, port: int, password: bytes) -> bytes:
    """Return the answer to an authentic check (RFC 8445, section 7.3.1).

    Args:
        check: the request.
        address: where it came from.
        port: the same.
        password: the leg's own.
    """
    answer = Message(
        message_method=Method.BINDING,
        message_class=Class.RESPONSE,
        transaction_id=check.transaction_id,
        attributes={"XOR-MAPPED-ADDRESS": (address, port)},
    )
    answer.add_message_integrity(password)
    return bytes(answer)
