"""Terms of policies as options of commands: a flag each, with the words of config/policies.toml."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from tui_call.permissions.policies import E2EECalls
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, Term, as_mapping
from tui_call.sentences import text_of

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_DEFAULTS: dict[str, Term] = {**as_mapping(EncryptionTerms()), **as_mapping(CallingTerms())}


def term_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command a flag for each term of either kind; None where it is not given."""
    for name in reversed(_DEFAULTS):
        command = _option(name)(command)
    return command


def given_terms(options: Mapping[str, Any]) -> dict[str, Term]:
    """Return the terms that were given."""
    return {name: options[name] for name in _DEFAULTS if options[name] is not None}


def as_flags(terms: Mapping[str, Term]) -> str:
    """Return terms as they are typed."""
    return " ".join(map(_flag, terms, terms.values()))


def old_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the flags that it had before there were several policies, unseen."""
    for name in ("relay_only", "require_compared", "e2ee_calls"):
        command = _option(name, hidden=True)(command)
    return command


def _flag(name: str, value: Term) -> str:
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    return f"--{flag} {value}"


def _option(name: str, *, hidden: bool = False) -> Decorator:
    flag, default = name.replace("_", "-"), _DEFAULTS[name]
    explained = text_of("A_TERM", name)
    if isinstance(default, bool):
        return click.option(
            f"--{flag}/--no-{flag}", name, default=None, help=explained, hidden=hidden
        )
    kind: Any = int if isinstance(default, int) else str
    if name == "e2ee_calls":
        kind = click.Choice([value.value for value in E2EECalls])
    return click.option(f"--{flag}", name, type=kind, help=explained, hidden=hidden)
