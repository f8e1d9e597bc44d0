"""The fingerprint for meeting in person: the same on both sides, bound to keys and accounts."""

import hashlib

from tui_call.e2ee.fingerprint import account_digits, fingerprint
from tui_call.identifiers import AccountId

ADA, BOB = AccountId("ada@home-3fk2"), AccountId("bob@home-3fk2")
ADA_KEY, BOB_KEY = bytes(range(32)), bytes(range(32, 64))


def test_the_digits_of_an_account() -> None:
    hashed = b"tui-call/e2ee/1 fp\x00" + ADA_KEY + b"ada@home-3fk2" + bytes(51)
    number = int(hashlib.sha512(hashed).hexdigest()[:32], 16) % 10**30
    assert account_digits(ADA_KEY, ADA) == str(number).zfill(30)


def test_both_sides_show_the_same() -> None:
    shown = fingerprint(ADA_KEY, ADA, BOB_KEY, BOB)
    assert shown == fingerprint(BOB_KEY, BOB, ADA_KEY, ADA)
    assert [len(group) for group in shown.split(" ")] == [5] * 12
    assert shown.replace(" ", "") == account_digits(ADA_KEY, ADA) + account_digits(BOB_KEY, BOB)


def test_another_key_or_account_shows_something_else() -> None:
    shown = {
        fingerprint(ADA_KEY, ADA, BOB_KEY, BOB),
        fingerprint(ADA_KEY, ADA, ADA_KEY, BOB),
        fingerprint(BOB_KEY, ADA, ADA_KEY, BOB),
        fingerprint(ADA_KEY, ADA, BOB_KEY, AccountId("bob@home-3fk")),
    }
    assert len(shown) == 4
