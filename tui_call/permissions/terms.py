"""What policies say: the terms of each kind, and reading them from names and values.

Terms are added one by one over time. A name that is not known is refused when an administrator
gives it, and left out where a later version may have written it.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from tui_call.errors import LocalFault

Term = bool | int | str

MOST_DAYS = 36_500
MOST_NAME = 64
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}", re.ASCII)


class E2EECalls(StrEnum):
    """What a policy says about E2EE calls."""

    DISABLED = "disabled"
    USER_CHOICE = "user_choice"
    REQUIRED = "required"


class PolicyKind(StrEnum):
    """One policy of each kind applies to a person."""

    ENCRYPTION = "encryption"
    CALLING = "calling"


@dataclass(frozen=True, slots=True)
class EncryptionTerms:
    """What an encryption policy says.

    Attributes:
        e2ee_calls: whether E2EE calls are ruled out, a choice or the only kind.
        require_compared: a call whose code was never compared ends after two minutes.
        min_client: the oldest version that may log in, as it claims of itself; "" for any.
        relay_only: media only through a relay.
    """

    e2ee_calls: E2EECalls = E2EECalls.DISABLED
    require_compared: bool = False
    min_client: str = ""
    relay_only: bool = False


@dataclass(frozen=True, slots=True)
class CallingTerms:
    """What a calling policy says: what a call that is not E2EE may do.

    Attributes:
        compliance_recording: calls are recorded by rule, which rules out E2EE.
        park_group: who may retrieve a parked call; "" for the whole organisation.
        keep_days: days after which recordings and transcripts go; 0 leaves it to the service.
    """

    captions: bool = True
    transcription: bool = False
    recording: bool = False
    transfer: bool = True
    park: bool = False
    merge: bool = True
    add_people: bool = True
    compliance_recording: bool = False
    park_group: str = ""
    keep_days: int = 0


Terms = EncryptionTerms | CallingTerms


class InvalidTerms(LocalFault):
    """That cannot be said in a policy."""


def terms_from(kind: PolicyKind, mapping: Mapping[str, object], onto: Terms | None = None) -> Terms:
    """Return terms as an administrator gave them.

    Args:
        kind: of the policy.
        mapping: names and values; what is left out stays as it is in `onto`.
        onto: terms of this kind; None for the defaults.

    Raises:
        InvalidTerms: a name that is not known or of the other kind, or a value not allowed.
    """
    for name in mapping:
        if kind_of((name,)) is not kind:
            raise InvalidTerms("other kind", key=name, kind=kind.value)
    values = {name: _RULES[name](name, value) for name, value in mapping.items()}
    return replace(_TERMS[kind]() if onto is None else onto, **values)


def known_terms(kind: PolicyKind, mapping: Mapping[str, object]) -> Terms:
    """Return terms as they were stored or told, without names that a later version may know.

    Raises:
        InvalidTerms: a value is not allowed.
    """
    names = _NAMES[kind]
    return terms_from(kind, {name: mapping[name] for name in mapping if name in names})


def as_mapping(terms: Terms) -> dict[str, Term]:
    """Return all terms by name, as `terms_from` reads them."""
    found = {field.name: getattr(terms, field.name) for field in fields(terms)}
    return {name: str(term) if isinstance(term, str) else term for name, term in found.items()}


def kind_of(names: Iterable[str]) -> PolicyKind:
    """Return the kind of policy that has terms of these names.

    Raises:
        InvalidTerms: no name, one that is not known, or names of both kinds.
    """
    kinds = {name: _kind_of(name) for name in names}
    if not kinds:
        raise InvalidTerms("none")
    (first, kind), *others = kinds.items()
    for name, another in others:
        if another is not kind:
            raise InvalidTerms("both kinds", key=first, other=name)
    return kind


def _kind_of(name: str) -> PolicyKind:
    for kind, names in _NAMES.items():
        if name in names:
            return kind
    near = difflib.get_close_matches(name, _RULES, n=1)
    if near:
        raise InvalidTerms("near", key=name, near=near[0])
    raise InvalidTerms("unknown", key=name)


def is_older(claimed: str, floor: str) -> bool:
    """Tell whether a client is below `min_client`, as far as it tells the truth of itself.

    Args:
        claimed: its version; what stands behind the numbers does not count, and one without
            numbers is older than any.
        floor: `min_client`, "" for any.
    """
    if not floor:
        return False
    found = _VERSION.match(claimed)
    return found is None or _numbers(found[0]) < _numbers(floor)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return (*numbers, *[0] * (4 - len(numbers)))


_Rule = Callable[[str, object], Term]


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidTerms(key=name, allowed="true, false")
    return value


def _e2ee_calls(name: str, value: object) -> E2EECalls:
    try:
        return E2EECalls(value)
    except ValueError as error:
        raise InvalidTerms(key=name, allowed=", ".join(E2EECalls)) from error


def _version(name: str, value: object) -> str:
    if not isinstance(value, str) or not (value == "" or _VERSION.fullmatch(value)):
        raise InvalidTerms("version", key=name)
    return value


def _group(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_NAME or not value.isprintable():
        raise InvalidTerms("group", key=name)
    return value


def _days(name: str, value: object) -> int:
    # bool is a kind of int, and `true` is no number.
    if type(value) is not int or not 0 <= value <= MOST_DAYS:
        raise InvalidTerms("days", key=name, n=MOST_DAYS)
    return value


_TERMS: Mapping[PolicyKind, Callable[[], Terms]] = {
    PolicyKind.ENCRYPTION: EncryptionTerms,
    PolicyKind.CALLING: CallingTerms,
}
_NAMES = {
    PolicyKind.ENCRYPTION: frozenset(field.name for field in fields(EncryptionTerms)),
    PolicyKind.CALLING: frozenset(field.name for field in fields(CallingTerms)),
}
_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(_NAMES[PolicyKind.ENCRYPTION] | _NAMES[PolicyKind.CALLING], _switch),
    "e2ee_calls": _e2ee_calls,
    "min_client": _version,
    "park_group": _group,
    "keep_days": _days,
}
