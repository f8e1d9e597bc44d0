"""The invite link: where a service is, a one-time code and the pin of its certificate.

`tui-call://HOST:PORT/join?code=CODE&pin=PIN`, where PIN is the SHA-256 of the certificate (DER) in
unpadded base64url. The pin makes a self-signed certificate trustworthy: it came with the link.
"""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from tui_call.errors import LocalFault

SCHEME = "tui-call"
_LONGEST = 512


class InvalidInvite(LocalFault):
    """That is not an invite link. It begins with tui-call:// and has a code and a pin."""


@dataclass(frozen=True, slots=True)
class Invite:
    """What a link says.

    Attributes:
        host: name or address of the service; IPv6 without brackets.
        port: its TCP port.
        code: the one-time code.
        pin: 32 bytes, SHA-256 of the service's certificate.
    """

    host: str
    port: int
    code: str
    pin: bytes

    @property
    def link(self) -> str:
        """The link to send to a friend."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        pin = base64.urlsafe_b64encode(self.pin).decode().rstrip("=")
        return f"{SCHEME}://{host}:{self.port}/join?" + urlencode({"code": self.code, "pin": pin})


def parse_invite(link: str) -> Invite:
    """Read an invite link.

    Raises:
        InvalidInvite: it is none.
    """
    try:
        return _parse(link.strip())
    except (ValueError, KeyError, binascii.Error) as error:
        raise InvalidInvite from error


def _parse(link: str) -> Invite:
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    (code,), (pin,) = query["code"], query["pin"]
    digest = base64.b64decode(pin + "=" * (-len(pin) % 4), altchars=b"-_", validate=True)
    if (
        len(link) > _LONGEST
        or parts.scheme != SCHEME
        or parts.path != "/join"
        or not parts.hostname
        or not parts.port
        or len(digest) != 32
        or not code.isalnum()
    ):
        raise InvalidInvite
    return Invite(parts.hostname, parts.port, code, digest)
