"""From messages to lines of JSON and back."""

from typing import TypeVar

import msgspec

from tui_call.control.lines import (
    CLIENT_LINE_BYTES,
    ENGINE_LINE_BYTES,
    ClientLine,
    EngineLine,
)
from tui_call.errors import LocalFault, RefusedInput

_T = TypeVar("_T")


class MalformedLine(LocalFault):
    """The line is not a message of this protocol."""


class NotText(RefusedInput):
    """What was given holds bytes that are not UTF-8; Python keeps them as lone surrogates."""


class _Numbered(msgspec.Struct, frozen=True):
    id: int = 0


_encoder = msgspec.json.Encoder()
_numbered_decoder = msgspec.json.Decoder(_Numbered)
_client_decoder = msgspec.json.Decoder(ClientLine)
_engine_decoder = msgspec.json.Decoder(EngineLine)


def encode(message: ClientLine | EngineLine) -> bytes:
    """Return the line of a message, with its line end.

    Raises:
        NotText: a string in it holds bytes that are not UTF-8.
    """
    try:
        return _encoder.encode(message) + b"\n"
    except UnicodeEncodeError as error:
        raise NotText from error


def expect_text(given: str) -> None:
    """Do nothing where what was given is text.

    Raises:
        NotText: it holds bytes that are not UTF-8.
    """
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise NotText from error


def decode_client(line: bytes) -> ClientLine:
    """Parse a client's line.

    Raises:
        MalformedLine: too long, no JSON, unknown type, missing field or wrong type of one.
    """
    return _decode(_client_decoder, line, CLIENT_LINE_BYTES)


def command_number(line: bytes) -> int:
    """Return the id of a command whose line is malformed otherwise, 0 where there is none."""
    try:
        return _numbered_decoder.decode(line).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0


def decode_engine(line: bytes) -> EngineLine:
    """Parse an engine's line; raises as `decode_client`."""
    return _decode(_engine_decoder, line, ENGINE_LINE_BYTES)


def _decode(decoder: "msgspec.json.Decoder[_T]", line: bytes, most: int) -> _T:
    if len(line) > most:
        raise MalformedLine("long", n=most)
    try:
        return decoder.decode(line.decode())  # what is passed on unread is text, too
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedLine(reason=error) from error
