"""One example of every message of a union of structs, made from its annotations alone."""

import dataclasses
import enum
import re
import types
import typing
from collections.abc import Callable
from typing import Any, get_args, get_origin

import msgspec


def examples(union: Any) -> list[Any]:
    """Return an example of each member of a union, and a sparser one of defaults alone."""
    return [made for kind in get_args(union) for made in (full(kind), sparse(kind))]


def full(kind: type[msgspec.Struct]) -> Any:
    hints = typing.get_type_hints(kind, include_extras=True)
    return kind(**{field.name: value(hints[field.name]) for field in msgspec.structs.fields(kind)})


def sparse(kind: type[msgspec.Struct]) -> Any:
    hints = typing.get_type_hints(kind, include_extras=True)
    needed = [field.name for field in msgspec.structs.fields(kind) if field.required]
    return kind(**{name: value(hints[name]) for name in needed})


SIMPLE = {str: "ädä", int: 7, float: 0.5, bool: True, bytes: bytes(range(32)), type(None): None}


def value(hint: Any) -> Any:  # noqa: C901 - a case a kind of annotation
    """Return a value that an annotation allows."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in SIMPLE:
        return SIMPLE[hint]
    if origin is typing.Annotated:
        patterns = {getattr(said, "pattern", None) for said in hint.__metadata__} - {None}
        return _matching(patterns.pop()) if patterns else value(arguments[0])
    if origin is typing.Literal:
        return arguments[0]
    if origin in (typing.Union, types.UnionType):
        return value(next(part for part in arguments if part is not type(None)))
    if origin is tuple:
        parts = arguments[:1] * 2 if arguments[-1] is ... else arguments
        return tuple(value(part) for part in parts)
    if origin in (list, set, frozenset):
        return origin([value(arguments[0])])
    if origin is dict:
        return {value(arguments[0]): value(arguments[1])}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return full(hint)
    if dataclasses.is_dataclass(hint):
        return hint(**{one.name: value(one.type) for one in dataclasses.fields(hint)})
    if hint is msgspec.Raw:
        return msgspec.Raw(b"{}")
    if hint is Any:
        return {"any": [7, None]}
    if isinstance(hint, typing.NewType):
        return value(hint.__supertype__)
    raise TypeError(f"no example of {hint}")


TEXTS = ("ädä", "07" * 16, "mix-1.opus")


def _matching(pattern: str) -> str:
    return next(text for text in TEXTS if re.search(pattern, text))


def json_seeds(union: object, encode: Callable[[object], Any]) -> tuple[bytes, ...]:
    encoded = (encode(example) for example in examples(union))
    return tuple(item.encode() if isinstance(item, str) else bytes(item) for item in encoded)
