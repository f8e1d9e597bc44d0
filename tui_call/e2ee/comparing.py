"""What a person typed of a code that somebody else read aloud, held against the own one.

A code is read in two halves, each person one. Typing the half that the other person reads is
enough, and the whole is taken too; the own half alone shows nothing, because it came from the own
screen. How it is typed does not matter: case, spaces, dashes and other marks between groups, or
within them, are left out, and digits and letters of any width are the same.
"""

import unicodedata
from dataclasses import dataclass

# Between and within groups: what people put there without meaning it. Symbols and pictures count
# for nothing as well; letters and digits do not, so a slip of the finger differs.
_LEFT_OUT = ("Z", "P", "S", "C", "M")


@dataclass(frozen=True, slots=True)
class Halves:
    """The groups of a code in their order, and which of them the other person reads.

    Attributes:
        groups: what is read aloud; for emoji their English names.
        first: the first so many are one half, the rest the other.
        theirs_first: the other person reads the first half.
    """

    groups: tuple[str, ...]
    first: int
    theirs_first: bool

    @property
    def theirs(self) -> range:
        """The places that the other person reads."""
        return range(self.first) if self.theirs_first else range(self.first, len(self.groups))

    @property
    def own(self) -> range:
        """The places that the person here reads."""
        return range(self.first, len(self.groups)) if self.theirs_first else range(self.first)


def first_wrong_group(halves: Halves, typed: str) -> int | None:
    """Hold what was heard and typed against the own code.

    Returns:
        None if it is the same, else the number of the first group that differs, from 1.
    """
    heard = _plain(typed)
    groups = [_plain(group) for group in halves.groups]
    whole, theirs = "".join(groups), "".join(groups[at] for at in halves.theirs)
    if heard in (whole, theirs):
        return None
    # What is longer than one half was meant as the whole: nearer to it than to the other.
    half = abs(len(heard) - len(theirs)) <= abs(len(heard) - len(whole))
    places = halves.theirs if half and not halves.theirs_first else range(len(groups))
    for at in places:
        if not heard.startswith(groups[at]):
            return at + 1
        heard = heard.removeprefix(groups[at])
    return places[-1] + 1


def _plain(text: str) -> str:
    shown = unicodedata.normalize("NFKC", text).casefold()
    kept = (mark for mark in shown if not unicodedata.category(mark).startswith(_LEFT_OUT))
    return "".join(str(unicodedata.decimal(mark, mark)) for mark in kept)
