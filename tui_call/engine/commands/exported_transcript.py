"""A transcript as it is exported: as text for people, as JSON for programs, both with names."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from tui_call.foreign_text import clean
from tui_call.sentences import text_of
from tui_call.signaling.kept import ListedKept
from tui_call.signaling.vocabulary import MOST_SPOKEN


class KeptLine(msgspec.Struct, frozen=True):
    """A line as it is kept: the number of who said it, seconds of the call, and the words."""

    person: int
    began: float
    ended: float
    text: str


Export = Callable[[ListedKept, Sequence[KeptLine]], bytes]
"""Makes a file of a transcript, with its people by their names here, and of its lines."""

_line = msgspec.json.Decoder(KeptLine)


def said_in(parts: Iterable[bytes]) -> list[KeptLine]:
    """Return the lines of the parts of a transcript, in the order in which they were said."""
    said = [one for part in parts for line in part.splitlines() for one in _read(line)]
    return sorted(said, key=lambda one: one.began)


def as_text(kept: ListedKept, said: Sequence[KeptLine]) -> bytes:
    """Return what people read: which call, when and who, then when in the call who said what."""
    names = _names(kept)
    counted = "call began" if kept.call_began else "unknown"
    heading = [
        text_of("V_TRANSCRIPT_HEADING", "call", call=kept.call or kept.id),
        text_of("V_TRANSCRIPT_HEADING", counted, time=_moment(kept.call_began)),
        text_of("V_TRANSCRIPT_HEADING", "began", time=_moment(kept.began), who=_starter(kept)),
        f"{text_of('V_TRANSCRIPT_HEADING', 'people')} {', '.join(names.values())}",
        "",
    ]
    lines = [f"{_clock(one.began)}  {_name(one, names)}  {_words(one)}" for one in said]
    return "".join(f"{line}\n" for line in heading + lines).encode()


def as_json(kept: ListedKept, said: Sequence[KeptLine]) -> bytes:
    """Return what programs read: times are Unix seconds, those of lines count from `call_began`.

    That is null where it is not known.
    """
    names = _names(kept)
    exported = {
        "id": kept.id,
        "call": kept.call,
        "call_began": kept.call_began or None,
        "by": kept.by,
        "by_name": _starter(kept) if kept.by else "",
        "began": kept.began,
        "ended": kept.ended,
        "people": [
            {"person": one.number, "name": names[one.number], "account": one.account}
            for one in kept.people
        ],
        "lines": [
            {
                "person": one.person,
                "name": _name(one, names),
                "began": one.began,
                "ended": one.ended,
                "text": _words(one),
            }
            for one in said
        ],
    }
    return msgspec.json.format(msgspec.json.encode(exported)) + b"\n"


def _read(line: bytes) -> Iterator[KeptLine]:
    with contextlib.suppress(ValueError):  # half a line, or rubbish of somebody else
        yield _line.decode(line)


def _names(kept: ListedKept) -> dict[int, str]:
    return {one.number: clean(one.name) for one in kept.people}


def _starter(kept: ListedKept) -> str:
    return clean(kept.by_name or kept.by) or text_of("T_BY_RULE")


def _moment(at: int) -> str:
    """Return a moment as it is read alike everywhere, for example "2026-11-29 14:02:15 UTC"."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _name(one: KeptLine, names: Mapping[int, str]) -> str:
    return names.get(one.person, "?")


def _words(one: KeptLine) -> str:
    return clean(one.text, MOST_SPOKEN)


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
