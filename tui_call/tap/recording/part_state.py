"""What a tap remembers of a part on the disk, until the service has written down that it is closed.

A file beside those of the part. While they are open it says which part it is; then what came of it.
So another tap finds what was left behind without looking at all that was ever kept.
"""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tui_call.control.private_files import write_private
from tui_call.signaling.tap_messages import KeptPart, PartClosed

_NAME = "part-{}"

log = logging.getLogger(__name__)


class PartState(msgspec.Struct, frozen=True):
    """How far a part is.

    Attributes:
        part: which it is.
        closed: what was said of it, None while it is open.
    """

    part: KeptPart
    closed: PartClosed | None = None


def save_state(directory: Path, state: PartState) -> None:
    """Remember a part.

    Raises:
        OSError: it cannot be written.
    """
    write_private(_place(directory, state.part.part), msgspec.json.encode(state))


def load_state(directory: Path, part: int) -> PartState | None:
    """Return what is remembered of a part, None for nothing.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return msgspec.json.decode(_place(directory, part).read_bytes(), type=PartState)
    except (FileNotFoundError, ValueError):  # what is no text is no msgspec.DecodeError
        return None


def forget_state(directory: Path, part: int) -> None:
    """Remember nothing any more, if anything was."""
    with contextlib.suppress(OSError):  # then it is said once more by the next tap
        _place(directory, part).unlink(missing_ok=True)


def states_below(directory: Path) -> Iterator[PartState]:
    """Yield what is remembered of all recordings of a directory, but for what cannot be read."""
    for place in sorted(directory.glob(f"*/{_NAME.format('*')}")):
        number = place.name.removeprefix(_NAME.format(""))
        try:
            state = load_state(place.parent, int(number)) if number.isdecimal() else None
        except OSError as error:
            log.warning("what was left behind cannot be read", {"reason": error.strerror})
        else:
            if state is not None:
                yield state


def _place(directory: Path, part: int) -> Path:
    return directory / _NAME.format(part)
