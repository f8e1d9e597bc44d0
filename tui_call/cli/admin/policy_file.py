"""Files of policies: TOML with policies, their grants, and tests of what comes of them.

What a policy leaves out has its default. A grant is to one user or group, or to the organisation.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import tomlkit

from tui_call.cli.admin.outcome import InputRefused, input_refused, text_of_file
from tui_call.permissions.terms import InvalidTerms, PolicyKind, as_mapping, kind_of, terms_from
from tui_call.sentences import text_of
from tui_call.signaling.administration_rows import (
    GrantRow,
    PolicyRow,
)
from tui_call.signaling.operations import (
    CallCheck,
    Check,
    Kind,
    PolicyCheck,
    Term,
)
from tui_call.signaling.policies import GrantedTo

_TO: Mapping[str, GrantedTo] = {"user": "user", "group": "group", "organisation": "organisation"}


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """A policy as a file says it, with every term."""

    name: str
    kind: Kind
    terms: Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class FileGrant:
    """A grant as a file says it; `rank` is None where it does not."""

    policy: str
    to: GrantedTo
    subject: str
    rank: int | None


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a file says."""

    policies: tuple[FilePolicy, ...]
    grants: tuple[FileGrant, ...]
    checks: tuple[Check, ...]


class _Blocks(msgspec.Struct, forbid_unknown_fields=True):
    policy: list[dict[str, Any]] = []
    grant: list["_Grant"] = []
    test: list[dict[str, Any]] = []


class _Grant(msgspec.Struct, forbid_unknown_fields=True):
    policy: str
    user: str = ""
    group: str = ""
    organisation: bool = False
    rank: int | None = None


class _CallTest(msgspec.Struct, forbid_unknown_fields=True):
    call: tuple[str, str]
    allowed: bool


def read(file: Path) -> PolicyFile:
    """Read a file of policies.

    Raises:
        InputRefused: it cannot be read, or says what policies cannot say; every fault is told.
    """
    blocks = _blocks(file)
    faults: list[str] = []
    policies = tuple(_each("policy", blocks.policy, _policy, faults))
    grants = tuple(_each("grant", blocks.grant, _grant, faults))
    checks = tuple(_each("test", blocks.test, _check, faults))
    names = [one.name for one in policies]
    faults += [
        text_of("A_TOML", "twice", what=f"policy {name}")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if faults:
        raise InputRefused(faults)
    return PolicyFile(policies, grants, checks)


def with_whole_addresses(file: PolicyFile, organisation: str) -> PolicyFile:
    """Return a file with whole addresses of those to whom it grants by the part before the @.

    The service has none but whole ones; what is compared with it has to have the same.
    """
    return replace(
        file, grants=tuple(_with_whole_address(one, organisation) for one in file.grants)
    )


def _with_whole_address(grant: FileGrant, organisation: str) -> FileGrant:
    if grant.to != "user" or "@" in grant.subject:
        return grant
    return replace(grant, subject=f"{grant.subject}@{organisation}")


def written(policies: Iterable[PolicyRow]) -> str:
    """Return policies and their grants as such a file."""
    blocks: list[str] = []
    grants: list[GrantRow] = []
    for policy in policies:
        blocks.append(_block("policy", {"name": policy.name, **policy.terms}))
        grants += policy.grants
    for grant in sorted(grants, key=lambda one: (one.kind, one.to, one.rank, one.subject)):
        subject: dict[str, Term] = {grant.to: grant.subject or True}
        rank: dict[str, Term] = {"rank": grant.rank} if grant.rank else {}
        blocks.append(_block("grant", {"policy": grant.policy, **subject, **rank}))
    return "\n".join(blocks)


def _block(title: str, values: Mapping[str, Term]) -> str:
    lines = (f"{name} = {tomlkit.item(value).as_string()}\n" for name, value in values.items())
    return f"[[{title}]]\n{''.join(lines)}"


def _blocks(file: Path) -> _Blocks:
    try:
        return msgspec.convert(tomllib.loads(text_of_file(file)), _Blocks)
    except (ValueError, RecursionError) as error:  # not TOML, too deep, endless digits, no policies
        raise input_refused("A_TOML", "syntax", file=file, reason=error) from error


def _each(title: str, blocks: Iterable[Any], make: Any, faults: list[str]) -> Iterator[Any]:
    """Make something of each block; what is wrong with one goes to the faults."""
    for number, block in enumerate(blocks, 1):
        try:
            yield make(block)
        except (InvalidTerms, InputRefused, msgspec.ValidationError) as error:
            said = " ".join(error.said) if isinstance(error, InputRefused) else str(error)
            faults.append(f"{title} {number}: {said}")


def _policy(block: Mapping[str, Any]) -> FilePolicy:
    name = block.get("name")
    if not isinstance(name, str) or not name:
        raise input_refused("A_TOML", "name")
    terms = {key: value for key, value in block.items() if key != "name"}
    kind = kind_of(terms)
    return FilePolicy(name, kind.value, as_mapping(terms_from(kind, terms)))


def _grant(block: _Grant) -> FileGrant:
    named = [to for to in _TO if getattr(block, to)]
    if len(named) != 1 or (block.rank is not None and named != ["group"]):
        raise input_refused("A_TOML", "grant")
    (to,) = named
    subject = "" if to == "organisation" else getattr(block, to)
    return FileGrant(block.policy, _TO[to], subject, block.rank)


def _check(block: Mapping[str, Any]) -> Check:
    if "call" in block:
        test = msgspec.convert(block, _CallTest)
        return CallCheck(test.call, test.allowed)
    user = block.get("user")
    terms = {key: value for key, value in block.items() if key != "user"}
    if not isinstance(user, str) or not terms:
        raise input_refused("A_TOML", "test")
    for name, value in terms.items():  # of both kinds, perhaps
        terms_from(PolicyKind(kind_of((name,))), {name: value})
    return PolicyCheck(user, terms)
