"""The invite link: where a service is, a one-time code and the pin of its key.

`tui-call://HOST:PORT/join?code=CODE&pin=PIN`, where PIN is the SHA-256 of the public key (see
`pins`) in unpadded base64url. It makes a self-signed certificate trustworthy: it came with it.
"""

import base64
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from tui_call.errors import LocalFault

SCHEME = "tui-call"
LONGEST = 512
PIN_BYTES = 32


class InvalidInvite(LocalFault):
    """That is not an invite link. It begins with tui-call:// and has a code and a pin."""


@dataclass(frozen=True, slots=True)
class InviteLink:
    """What a link says.

    Attributes:
        host: name or address of the service; IPv6 without brackets.
        port: its TCP port.
        code: the one-time code.
        pin: 32 bytes, SHA-256 of the key of the service's certificate.
    """

    host: str
    port: int
    code: str
    pin: bytes

    @property
    def link(self) -> str:
        """The link to send to a friend."""
        fields = {"code": self.code, "pin": encode_bytes(self.pin)}
        return write_link(self.host, self.port, "/join", fields)


def parse_invite(link: str) -> InviteLink:
    """Read an invite link.

    Raises:
        InvalidInvite: it is none.
    """
    try:
        return _parse(link.strip())
    except (ValueError, KeyError) as error:
        raise InvalidInvite from error


def _parse(link: str) -> InviteLink:
    where, query = read_link(link, "/join")
    (code,) = query["code"]
    if not code.isalnum():
        raise InvalidInvite
    return InviteLink(*where, code, decode_bytes(query["pin"], PIN_BYTES))


def read_link(link: str, path: str) -> tuple[tuple[str, int], dict[str, list[str]]]:
    """Return host and port of a link to a service, and the fields of its query.

    Raises:
        ValueError: another kind of link, or too long.
    """
    parts = urlsplit(link)
    if len(link) > LONGEST or parts.scheme != SCHEME or parts.path != path:
        raise ValueError("another kind of link")
    if not parts.hostname or not parts.port:
        raise ValueError("no host or port")
    return (parts.hostname, parts.port), parse_qs(parts.query)


def decode_bytes(values: list[str], length: int) -> bytes:
    """Return the bytes of a field that stands once, in unpadded base64url.

    Raises:
        ValueError: not once, not base64url, or another length.
    """
    (value,) = values
    decoded = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    if len(decoded) != length:
        raise ValueError(f"a field has {length} bytes")
    return decoded


def encode_bytes(value: bytes) -> str:
    """Return bytes in unpadded base64url."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def write_link(host: str, port: int, path: str, fields: dict[str, str]) -> str:
    """Return a link to a service."""
    host = f"[{host}]" if ":" in host else host
    return f"{SCHEME}://{host}:{port}{path}?{urlencode(fields)}"
