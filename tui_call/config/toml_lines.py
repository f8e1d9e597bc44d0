"""On which line of a TOML file something stands, which its parsers do not tell."""

import re
import tomllib
from typing import cast

_KEY = re.compile(r"""\s*([A-Za-z0-9_."'\- \t]+?)\s*=""")
_AT_LINE = re.compile(r"\(at line (\d+)")
_MULTILINE = ('"""', "'''")


def line_of(text: str, path: tuple[str, ...]) -> int:
    """Return the line, from 1, of a key, or of the innermost table around it that has one.

    Args:
        text: a TOML file that parses.
        path: names from the outermost table to the key.
    """
    lines = _lines(text)
    prefixes = (path[:length] for length in range(len(path), 0, -1))
    return next((lines[prefix] for prefix in prefixes if prefix in lines), 1)


def line_of_error(text: str, error: tomllib.TOMLDecodeError) -> int:
    """Return the line, from 1, where a parser gave up."""
    found = _AT_LINE.search(str(error))
    return int(found[1]) if found else text.count("\n") + 1


def _lines(text: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        if line.lstrip().startswith("["):
            table = _names(line) or table
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(table + _names(f"{key[1]} = 0"), number)
        inside = next((mark for mark in _MULTILINE if line.count(mark) % 2), "")
    return found


def _names(line: str) -> tuple[str, ...]:
    """Return the names in a table's header or before an equals sign, () if it is neither."""
    try:
        tree: object = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    names: list[str] = []
    while tree and isinstance(tree, dict | list):
        if isinstance(tree, list):
            tree = cast("list[object]", tree)[0]
        else:
            name, tree = next(iter(cast("dict[str, object]", tree).items()))
            names.append(name)
    return tuple(names)
