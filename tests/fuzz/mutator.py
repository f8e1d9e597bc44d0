"""Changes bytes the way damage and malice do: without a notion of what they mean."""

import random
from collections.abc import Callable, Sequence

INTERESTING = [
    b"", b"\0", b"\xff", b"\x7f", b"\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff",
    b'"', b"{", b"}", b"[" * 64, b"null", b"-1", b"1e999", b"99999999999999999999", b"\\ud800",
    b"\xed\xa0\x80", b"\r\n", b"\n", b"=", b"%00", b"&", b"?", b"#", b"::", b"a" * 300,
    "٣".encode(), "\u2028".encode(), b"\x1b[2J", b"true", b'""', b"0x", b"inf", b"nan",
]  # fmt: skip
MOST_BYTES = 70_000


class Mutator:
    """Makes changed copies of seeds.

    Args:
        seeds: bytes that the parser takes; parts of one are put into another.
        chance: where the choices come from.
    """

    def __init__(self, seeds: Sequence[bytes], chance: random.Random) -> None:
        self._seeds = seeds
        self._chance = chance
        self._ways: list[Callable[[bytearray], None]] = [
            self._flip, self._flip, self._set, self._cut, self._remove, self._insert,
            self._interesting, self._interesting, self._repeat, self._splice, self._count,
        ]  # fmt: skip

    def changed(self) -> bytes:
        """Return a seed with one to five changes."""
        data = bytearray(self._chance.choice(self._seeds))
        for _ in range(self._chance.choice((1, 1, 1, 2, 3, 5))):
            self._chance.choice(self._ways)(data)
        return bytes(data[:MOST_BYTES])

    def _at(self, data: bytearray) -> int:
        return self._chance.randrange(len(data)) if data else 0

    def _part(self, data: bytes | bytearray) -> tuple[int, int]:
        start = self._chance.randrange(len(data) + 1)
        return start, min(len(data), start + self._chance.choice((1, 2, 4, 16, 64, 1000)))

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._at(data)] ^= 1 << self._chance.randrange(8)

    def _set(self, data: bytearray) -> None:
        if data:
            data[self._at(data)] = self._chance.randrange(256)

    def _cut(self, data: bytearray) -> None:
        del data[self._at(data) :]

    def _remove(self, data: bytearray) -> None:
        start, end = self._part(data)
        del data[start:end]

    def _insert(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._chance.randbytes(self._chance.choice((1, 2, 4, 100)))

    def _interesting(self, data: bytearray) -> None:
        """Put something that parsers trip over in the place of something."""
        start, end = self._part(data)
        data[start : self._chance.choice((start, end))] = self._chance.choice(INTERESTING)

    def _repeat(self, data: bytearray) -> None:
        start, end = self._part(data)
        data[end:end] = data[start:end] * self._chance.choice((1, 2, 50))

    def _splice(self, data: bytearray) -> None:
        other = self._chance.choice(self._seeds)
        start, end = self._part(other)
        at, until = self._part(data)
        data[at:until] = other[start:end]

    def _count(self, data: bytearray) -> None:
        """Add a little to a byte, as lengths and numbers go wrong."""
        if data:
            at = self._at(data)
            data[at] = (data[at] + self._chance.choice((-2, -1, 1, 2, 16))) % 256
