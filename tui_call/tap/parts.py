"""What there is to say of parts: that they are open, and that they are closed until it is known."""

from collections.abc import Callable, Iterator

from tui_call.signaling.tap_messages import AcknowledgePart, KeptPart, PartClosed, PartOpened

Part = tuple[str, int]
"""Id of what is kept, and the number of the part."""


def part_of(part: KeptPart | PartOpened | PartClosed | AcknowledgePart) -> Part:
    """Return which part something is about."""
    return part.kept, part.part


class PartNews:
    """Remembers what was said of parts, for services that were not there.

    Args:
        say: says it to those that are.
    """

    def __init__(self, say: Callable[[PartOpened | PartClosed], None]) -> None:
        self._say = say
        self._begun: set[Part] = set()
        self._said: dict[Part, PartOpened | PartClosed] = {}

    def begin(self, part: KeptPart) -> bool:
        """Tell whether a part has to be begun; of each that is so once."""
        key = part_of(part)
        if key in self._begun or key in self._said:
            return False
        self._begun.add(key)
        return True

    def take(self, said: PartOpened | PartClosed) -> None:
        """Say what became of a part."""
        self._said[part_of(said)] = said
        self._say(said)

    def acknowledge(self, key: Part) -> bool:
        """Say a closed part no more; tell whether there is such a one."""
        if not isinstance(self._said.get(key), PartClosed):
            return False
        del self._said[key]
        self._begun.discard(key)
        return True

    def to_say(self) -> Iterator[PartOpened | PartClosed]:
        """Yield what a service that has come does not know."""
        for key in tuple(self._said):
            if key in self._said:  # still, as it is acknowledged while this is read
                yield self._said[key]
