"""The code that two people compare, as digits, emoji and words of one 32-byte secret.

The handshake commits to it before either side can know it, so whoever stands between two people
has one guess a try: 1 in 10^20 for the digits, 2^42 for the emoji, 2^48 for the words.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources

SECRET_BYTES = 32
_DIGITS = 20
_GROUP = 4
_EMOJI = 7
_EMOJI_BITS = 6


@dataclass(frozen=True, slots=True)
class SecurityCode:
    """One secret in three forms; comparing one of them is enough.

    Attributes:
        digits: 20 digits in 5 groups of 4; the caller reads the first three groups.
        emoji: 7 pairs of symbol and English name (Matrix table).
        words: 6 words of the PGP list, beginning with its even list.
    """

    digits: str
    emoji: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


def security_code(secret: bytes) -> SecurityCode:
    """Return the code of a call's 32-byte "sas" secret.

    Bytes 0-15 give the digits, the top 42 bits of bytes 16-21 the emoji, most significant first,
    bytes 22-27 the words.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret has {SECRET_BYTES} bytes")
    digits = f"{int.from_bytes(secret[:16], 'big') % 10**_DIGITS:0{_DIGITS}}"
    return SecurityCode(in_groups(digits, _GROUP), _emoji(secret[16:22]), _words(secret[22:28]))


def in_groups(digits: str, size: int) -> str:
    """Return digits in groups of `size`, separated by spaces."""
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def _emoji(secret: bytes) -> tuple[tuple[str, str], ...]:
    bits = int.from_bytes(secret, "big") >> len(secret) * 8 - _EMOJI * _EMOJI_BITS
    shifts = range((_EMOJI - 1) * _EMOJI_BITS, -1, -_EMOJI_BITS)
    table = _table("sas_emoji.txt")
    return tuple(table[bits >> shift & (1 << _EMOJI_BITS) - 1] for shift in shifts)


def _words(secret: bytes) -> tuple[str, ...]:
    table = _table("pgp_words.txt")
    return tuple(table[byte][position % 2] for position, byte in enumerate(secret))


@cache
def _table(name: str) -> list[tuple[str, str]]:
    """Return the pairs of a data file; the first space of a line parts them."""
    text = resources.files("tui_call.e2ee").joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return [(first, second) for first, _, second in (line.partition(" ") for line in lines)]
