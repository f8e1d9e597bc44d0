"""Commands that change something: tried first where that is asked for, then carried out.

A function that returns a `Plan`, or one that makes a plan of what the service says now, becomes a
command with `changing`. What takes something away is asked about, with what it would do before
one's eyes; the store may not change between the two.
"""

import functools
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import click
import msgspec

from tui_call.cli.admin.asking import AdminConversation
from tui_call.cli.admin.links import say_links, written
from tui_call.cli.admin.outcome import (
    CHANGED_MEANWHILE,
    DIFFERENCE,
    RefusedByService,
    end_with_status,
    tell_refusal,
    usage,
    with_service,
)
from tui_call.cli.admin.showing import say
from tui_call.cli.outcome import FAILED
from tui_call.cli.session import say_json
from tui_call.control.client import CommandRefused, EngineClient, EngineUnreachable
from tui_call.sentences import text_of
from tui_call.signaling.administration import Change
from tui_call.signaling.administration_answers import ChangeOutcome
from tui_call.signaling.operations import (
    Check,
    Operation,
)
from tui_call.signaling.policies import Epoch
from tui_call.tui.difference import Manner, granted_groups, told


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be changed.

    Attributes:
        operations: carried out as a whole or not at all, however many.
        destructive: somebody loses something, so that one asks before.
        removals: how many people it may disable or remove where that is more than 20.
        checks: what has to hold afterwards.
        epoch: of the store that it was made for; None where it fits any.
        lines: where in a file each operation stands; empty where they are of none.
        counted: they are a list of people, of which numbers are told.
        at_once: so many operations are a change of their own, 0 for all of them.
        links_to: a new file for the invites that it makes; they are printed without one.
    """

    operations: tuple[Operation, ...]
    destructive: bool = False
    removals: int | None = None
    checks: tuple[Check, ...] = ()
    epoch: Epoch | None = None
    lines: tuple[int, ...] = ()
    counted: bool = False
    at_once: int = 0
    links_to: Path | None = None


Planning = Callable[[AdminConversation], Awaitable[Plan]]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was said beside the change itself."""

    what_if: bool
    exit_code: bool
    yes: bool
    whole: bool
    as_json: bool
    epoch: Epoch | None


_WANTED = tuple(field.name for field in fields(_Wanted))


@dataclass(frozen=True, slots=True)
class _Tried:
    """A plan and what became of it.

    Attributes:
        plan: as it was made.
        what_if: it was only tried.
        outcome: what it did, would do, or would do now where it was refused for its epoch; None
            where it was refused for something else.
        status: exit status; not 0 where it was refused, or done only in part.
    """

    plan: Plan
    what_if: bool
    outcome: ChangeOutcome | None
    status: int = 0


def changing(make: Callable[..., Plan | Planning]) -> Callable[..., None]:
    """Make the body of a command of what returns a plan of its arguments."""

    @click.option("--what-if", is_flag=True, help="Only tell what it would do.")
    @click.option("--exit-code", is_flag=True, help="With --what-if: 10 for a difference.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option("--all", "whole", is_flag=True, help="Tell every name and row.")
    @click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
    @click.option(
        "--expected-epoch",
        "epoch",
        metavar="EPOCH",
        callback=_epoch,
        help="Change nothing where the store is at another one, as an earlier --json said it.",
    )
    @click.pass_obj
    @functools.wraps(make)
    def command(profile: str, /, **given: Any) -> None:
        wanted = _Wanted(**{name: given.pop(name) for name in _WANTED})
        if wanted.exit_code and not wanted.what_if:
            raise usage("A_USAGE", "exit code")
        end_with_status(lambda: _carry_out(profile, _planning(make(**given)), wanted))

    return command


def _planning(made: Plan | Planning) -> Planning:
    if not isinstance(made, Plan):
        return made

    async def planning(_: AdminConversation) -> Plan:
        return made

    return planning


def _carry_out(profile: str, planning: Planning, wanted: _Wanted) -> int:
    tried = with_service(profile, lambda client: _begin(client, planning, wanted))
    _tell(tried, wanted, as_json=wanted.as_json and tried.what_if == wanted.what_if)
    if wanted.what_if or not tried.what_if or tried.status:
        differs = wanted.exit_code and _changes(tried)
        return tried.status or (DIFFERENCE if differs else 0)
    if not _changes(tried):
        return 0
    # Nobody is waited for while the engine is attached.
    click.confirm(text_of("A_ASK"), abort=True, err=True)
    done = with_service(profile, lambda client: _carry_out_as_told(client, planning, tried, wanted))
    _tell(done, wanted, as_json=wanted.as_json)
    return done.status


async def _begin(client: EngineClient, planning: Planning, wanted: _Wanted) -> _Tried:
    """Carry out, or only try: what takes something away is not done before somebody was asked."""
    conversation = AdminConversation(client)
    plan = await planning(conversation)
    asks = plan.destructive and not (wanted.yes or wanted.what_if)
    if asks and not sys.stdin.isatty():
        raise usage("A_USAGE", "yes")
    plan = replace(plan, epoch=wanted.epoch or plan.epoch)
    return await _try(conversation, planning, plan, wanted, what_if=asks or wanted.what_if)


async def _carry_out_as_told(
    client: EngineClient, planning: Planning, tried: _Tried, wanted: _Wanted
) -> _Tried:
    assert tried.outcome is not None
    plan = replace(tried.plan, epoch=tried.outcome.epoch)
    return await _try(AdminConversation(client), planning, plan, wanted, what_if=False)


async def _try(
    conversation: AdminConversation,
    planning: Planning,
    plan: Plan,
    wanted: _Wanted,
    *,
    what_if: bool,
) -> _Tried:
    try:
        return await _change(conversation, plan, what_if=what_if)
    except RefusedByService as refused:
        status = tell_refusal(refused.answer, plan.lines)
        if wanted.as_json:
            say_json(refused.answer)
        if status != CHANGED_MEANWHILE:
            return _Tried(plan, True, None, status)
    again = replace(await planning(conversation), epoch=None)
    return replace(await _change(conversation, again, what_if=True), status=status)


async def _change(conversation: AdminConversation, plan: Plan, *, what_if: bool) -> _Tried:
    change = Change(
        what_if=what_if, expected_epoch=plan.epoch, removals=plan.removals, checks=plan.checks
    )
    if not (plan.operations or plan.checks):
        return _Tried(plan, what_if, ChangeOutcome(change=0, epoch=plan.epoch or Epoch()))
    at_once = plan.at_once or max(1, len(plan.operations))
    outcome = await conversation.change(plan.operations[:at_once], change)
    change = msgspec.structs.replace(change, expected_epoch=None)
    for first in range(at_once, len(plan.operations), at_once):
        part = plan.operations[first : first + at_once]
        try:
            outcome = _after(outcome, await conversation.change(part, change))
        except (RefusedByService, CommandRefused, EngineUnreachable) as fault:
            # What was made already stays, and its links are told only now.
            say(f"tui-call: {fault}", err=True)
            return _Tried(plan, what_if, outcome, FAILED)
    return _Tried(plan, what_if, outcome)


def _after(first: ChangeOutcome, second: ChangeOutcome) -> ChangeOutcome:
    """Return what two changes of one plan did."""
    return msgspec.structs.replace(
        second,
        rows=first.rows + second.rows,
        all_rows=first.all_rows + second.all_rows,
        links=first.links + second.links,
    )


def _tell(tried: _Tried, wanted: _Wanted, *, as_json: bool) -> None:
    outcome, file = tried.outcome, tried.plan.links_to
    if outcome is None:
        return
    if outcome.links and file is not None and written(outcome.links, file):
        outcome = msgspec.structs.replace(outcome, links=())
    if as_json:
        say_json(outcome)
        return
    asked = granted_groups(tried.plan.operations)
    manner = Manner(tried.what_if, wanted.whole, tried.plan.counted, asked, "(--all)")
    for line in told(outcome, manner):
        say(line, err=wanted.as_json)
    say_links(outcome.links)


def _changes(tried: _Tried) -> bool:
    return tried.outcome is not None and tried.outcome.differs


def _epoch(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Epoch | None:
    if value is None:
        return None
    try:
        return msgspec.convert(msgspec.json.decode(value), Epoch)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise click.BadParameter(text_of("A_USAGE", "epoch")) from error
