"""Identifiers that cross rooms: accounts, devices, calls.

An account id is `user@organisation`: lower-case ASCII `a-z 0-9 . _ -`, at most 64 bytes, compared
as bytes. Device and call ids are 16 random bytes; in JSON they are 32 hexadecimal digits.
"""

import re
import unicodedata
from typing import NewType

from tui_call.errors import LocalFault

AccountId = NewType("AccountId", str)
DeviceId = NewType("DeviceId", bytes)
CallId = NewType("CallId", bytes)

IDENTIFIER_BYTES = 16
ACCOUNT_ID_BYTES = 64

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]*@[a-z0-9][a-z0-9._-]*", re.ASCII)
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+", re.ASCII)


class IdentifierError(LocalFault):
    """That is not a valid address or id."""


def parse_account_id(text: str) -> AccountId:
    """Check an account id and return it as one.

    Args:
        text: for example `ada@home-3fk2`.

    Raises:
        IdentifierError: it is not `user@organisation` or longer than 64 bytes.
    """
    if len(text) > ACCOUNT_ID_BYTES or not _ACCOUNT.fullmatch(text):
        raise IdentifierError("address", n=ACCOUNT_ID_BYTES)
    return AccountId(text)


def parse_identifier(text: str) -> bytes:
    """Return the 16 bytes of a device or call id given as 32 hexadecimal digits.

    Raises:
        IdentifierError: wrong length or other characters.
    """
    try:
        value = bytes.fromhex(text)
    except ValueError as error:
        raise IdentifierError("id", n=2 * IDENTIFIER_BYTES) from error
    if len(value) != IDENTIFIER_BYTES or value.hex() != text:
        raise IdentifierError("id", n=2 * IDENTIFIER_BYTES)
    return value


def organisation_of(account: AccountId) -> str:
    """Return the part behind the @."""
    return account.partition("@")[2]


def user_part_from_name(name: str) -> str:
    """Make the user part of an address from a person's name; "Ada Lovelace" gives "ada.lovelace".

    A name without any Latin letter or digit gives "person". At most 24 characters.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_A_NAME.sub(".", plain).strip(".")[:24].strip(".") or "person"
