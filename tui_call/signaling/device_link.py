"""The link by which one more device of an account is linked.

`tui-call://HOST:PORT/link?code=CODE&pin=PIN&key=KEY&to=DEVICE`: an invite, and beside it what the
service never sees, a secret of 32 bytes and the id of the device that holds the account's key
(docs/protocol.md, "Linking a device"). Whoever has it in its ten minutes can become a device of
the account, so it is for nobody else's eyes.
"""

from dataclasses import dataclass, field

from tui_call.errors import LocalFault
from tui_call.identifiers import IDENTIFIER_BYTES
from tui_call.signaling.invite import (
    PIN_BYTES,
    SCHEME,
    InviteLink,
    decode_bytes,
    encode_bytes,
    read_link,
    write_link,
)

SECRET_BYTES = 32
_PATH = "/link"


class InvalidDeviceLink(LocalFault):
    """That is not a device link. Make one on your other device: tui-call device link."""


@dataclass(frozen=True, slots=True)
class DeviceLink:
    """What a link says.

    Attributes:
        invite: where the service is, its pin, and the code for one device of the account.
        secret: 32 bytes that only the two devices know.
        holder: id of the device that holds the account's key, 16 bytes.
    """

    invite: InviteLink
    secret: bytes = field(repr=False)
    holder: bytes

    @property
    def link(self) -> str:
        """The link to type or to show as a QR code."""
        fields = {
            "code": self.invite.code,
            "pin": encode_bytes(self.invite.pin),
            "key": encode_bytes(self.secret),
            "to": encode_bytes(self.holder),
        }
        return write_link(self.invite.host, self.invite.port, _PATH, fields)


def is_device_link(text: str) -> bool:
    """Whether a text is meant as a device link, whole or damaged."""
    head, _, _ = text.strip().partition("?")
    return head.startswith(f"{SCHEME}://") and head.endswith(_PATH)


def parse_device_link(text: str) -> DeviceLink:
    """Read a device link.

    Raises:
        InvalidDeviceLink: it is none, or a part of it is missing.
    """
    try:
        (host, port), query = read_link(text.strip(), _PATH)
        (code,) = query["code"]
        if not code.isalnum():
            raise ValueError("no code")
        invite = InviteLink(host, port, code, decode_bytes(query["pin"], PIN_BYTES))
        secret = decode_bytes(query["key"], SECRET_BYTES)
        return DeviceLink(invite, secret, decode_bytes(query["to"], IDENTIFIER_BYTES))
    except (ValueError, KeyError) as error:
        raise InvalidDeviceLink from error
