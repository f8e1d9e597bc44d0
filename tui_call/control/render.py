"""Writes docs/control-protocol.md from the structs of the control socket.

`python -m tui_call.control.render [--check] [FILE]`. With `--check` nothing is written, and the
exit code is 1 when the file is not what would be written.
"""

import dataclasses
import json
import re
import sys
import types
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from tui_call.control import actions, codec, deltas, lines, views
from tui_call.pages import place_of, write_or_check
from tui_call.sentences import Remedy, Sentence

FILE = Path("docs/control-protocol.md")
_HEADER = """\
# The control socket, version {version}

<!-- Made by "python -m tui_call.control.render" from tui_call/control; not to be edited. -->

Screens, `tui-call` and scripts speak with an engine over a local socket, in lines of JSON. The
socket is in a directory of the user alone; who is not this user is not served.
`tui-call watch --json` prints what changes, line by line.

```
{hello}
{order}
```

"""
_HELLO = lines.ClientHello(lines.VERSION, "script")
_ORDER = lines.Command(1, actions.Mute(on=True))
_PLAIN: dict[Any, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    type(None): "null",
    msgspec.Raw: "any JSON",
    Any: "any JSON",
}
_CALL_ID = "32 hexadecimal digits, or empty"


def render() -> str:
    """Return the page."""
    return "".join(
        (
            _HEADER.format(version=lines.VERSION, hello=_line(_HELLO), order=_line(_ORDER)),
            _theory(lines.__doc__),
            *_section("From a client", "type", get_args(lines.ClientLine)),
            *_section("From the engine", "type", _plain_lines()),
            *_section("What changed", "type", get_args(deltas.AnyDelta), _theory(deltas.__doc__)),
            *_section("Orders", "name", get_args(actions.Action)),
            *_section("What is shown", "", _views()),
            *_section("Words", "", (Sentence, Remedy)),
        )
    )


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare it; return the exit code."""
    page = {place_of(arguments, FILE): render()}
    return write_or_check(page, arguments, "tui_call.control.render")


def _line(message: lines.ClientLine) -> str:
    return codec.encode(message).decode().rstrip()


def _plain_lines() -> tuple[type, ...]:
    return tuple(kind for kind in get_args(lines.EngineLine) if not issubclass(kind, deltas.Delta))


def _views() -> Iterator[type]:
    for name, kind in vars(views).items():
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and not name.startswith("_"):
            yield kind


def _section(title: str, tag: str, kinds: typing.Iterable[type], theory: str = "") -> Iterator[str]:
    yield f"\n## {title}\n"
    if theory:
        yield f"\n{theory}"
    for kind in kinds:
        yield from _entry(kind, tag)


def _entry(kind: Any, tag: str) -> Iterator[str]:
    """Yield one struct: what it is, and a line a field."""
    name = kind.__name__ + (f': `"{tag}": "{kind.__struct_config__.tag}"`' if tag else "")
    summary, _, more = (kind.__doc__ or "").partition("\n\n")
    meanings = _meanings(kind)
    yield f"\n### {name}\n\n{_text(summary)}\n"
    if said := _text(more.partition("Attributes:")[0]):
        yield f"\n{said}\n"
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = [(field.name, _default(field)) for field in _fields(kind)]
    if fields:
        yield "\n"
    for field, default in fields:
        shown = f" = `{default}`" if default is not None else ""
        meaning = f": {meanings[field]}" if field in meanings else ""
        yield f"- `{field}` {_type(hints[field])}{shown}{meaning}\n"


def _fields(kind: Any) -> tuple[Any, ...]:
    if dataclasses.is_dataclass(kind):
        return dataclasses.fields(kind)
    return msgspec.structs.fields(kind)


def _default(field: Any) -> str | None:
    """Return a default as JSON, None where there is none."""
    if field.default_factory not in (dataclasses.MISSING, msgspec.NODEFAULT):
        return json.dumps(field.default_factory())
    if field.default in (dataclasses.MISSING, msgspec.NODEFAULT):
        return None
    value = field.default
    return json.dumps(msgspec.to_builtins(value) if value else value, ensure_ascii=False)


def _type(hint: Any) -> str:
    """Return what a field may be, in words and as names of this page."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint == actions.CallId:
        return _CALL_ID
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return " or ".join(f"`{json.dumps(one)}`" for one in arguments)
    if hint == actions.Action:
        return "an order"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(_type, arguments))
    if origin is tuple and arguments[-1] is ...:
        return f"list of {_type(arguments[0])}"
    if origin is tuple:
        return f"list of {', '.join(map(_type, arguments))}"
    if origin is dict:
        return f"{_type(arguments[0])} to {_type(arguments[1])}"
    return _PLAIN.get(hint) or f"`{hint.__name__}`"


def _meanings(kind: Any) -> dict[str, str]:
    """Return what the docstring says of each field, those of a base class too."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        said = (one.__doc__ or "").partition("Attributes:\n")[2].partition("\n\n")[0]
        parts = re.split(r"^ {4,8}(\w+(?:, \w+)*): ", said, flags=re.MULTILINE)
        for names, text in zip(parts[1::2], parts[2::2], strict=True):
            found |= dict.fromkeys(names.split(", "), _text(text))
    return found


def _theory(docstring: str | None) -> str:
    return "\n\n".join(map(_text, (docstring or "").partition("\n\n")[2].split("\n\n"))) + "\n"


def _text(words: str) -> str:
    return re.sub(r"\bNone\b", "null", " ".join(words.split()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
