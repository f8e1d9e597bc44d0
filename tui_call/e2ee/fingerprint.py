"""The fingerprint that two people compare in person: 30 digits of each account's identity key.

It does not change from call to call, and both sides show the same 60 digits.
"""

import hashlib

from tui_call.e2ee.credentials import encode_account
from tui_call.e2ee.security_code import in_groups
from tui_call.identifiers import AccountId

_LABEL = b"tui-call/e2ee/1 fp\0"
_DIGITS = 30
_GROUP = 5


def account_digits(identity_key: bytes, account: AccountId) -> str:
    """Return the 30 digits of one account.

    Args:
        identity_key: its public identity key, 32 bytes.
        account: its id; it is hashed as 64 zero-padded bytes.
    """
    digest = hashlib.sha512(_LABEL + identity_key + encode_account(account)).digest()
    return f"{int.from_bytes(digest[:16], 'big') % 10**_DIGITS:0{_DIGITS}}"


def fingerprint(
    own_identity_key: bytes,
    own_account: AccountId,
    peer_identity_key: bytes,
    peer_account: AccountId,
) -> str:
    """Return 60 digits in 12 groups of 5, the account first that comes first in byte order."""
    parties = sorted(((own_account, own_identity_key), (peer_account, peer_identity_key)))
    digits = "".join(account_digits(identity_key, account) for account, identity_key in parties)
    return in_groups(digits, _GROUP)
