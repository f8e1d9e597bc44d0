"""What somebody finds who searches the memory behind an object of the program."""

import gc
from collections.abc import Iterable
from types import FunctionType, ModuleType


def reachable(*things: object, without: Iterable[object] = ()) -> Iterable[object]:
    """Return everything that objects lead to, but for modules, classes and functions.

    Args:
        things: where the search begins.
        without: where it does not go.
    """
    waiting, seen = list(things), {id(thing) for thing in without}
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, ModuleType | FunctionType | type):
            continue
        seen.add(id(thing))
        yield thing
        waiting.extend(gc.get_referents(thing))
