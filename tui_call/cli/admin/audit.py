"""`tui-call admin audit`: what was changed, by whom, and back."""

from collections.abc import AsyncIterator
from datetime import datetime

import click

from tui_call.cli.admin.asking import AdminConversation, ask_service
from tui_call.cli.admin.changing import Plan, changing
from tui_call.cli.admin.showing import moment, say, say_table
from tui_call.cli.session import json_option, say_json
from tui_call.sentences import paragraph_of, text_of
from tui_call.signaling.administration import (
    FindChanges,
    ShowChange,
)
from tui_call.signaling.administration_answers import (
    ChangesFound,
    ChangeShown,
)
from tui_call.signaling.administration_rows import (
    ChangedRow,
    ChangeRow,
)
from tui_call.signaling.operations import Revert
from tui_call.tui.difference import row_line

_DATES = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_SINCE = click.option("--since", type=click.DateTime(_DATES), help="No earlier one; a time here.")
_FEW_CHANGES = 100


@click.group(help=paragraph_of("H_ADMIN_AUDIT"))
def audit() -> None:
    """Changes."""


@audit.command("list", help=paragraph_of("H_ADMIN_AUDIT_LIST"))
@click.option("--actor", default="", help="Only changes that this person made.")
@click.option("--subject", default="", help="Only changes of this person, group or policy.")
@_SINCE
@click.option("--all", "whole", is_flag=True, help="Every change, not only the newest.")
@json_option
@click.pass_obj
def list_changes(
    profile: str, actor: str, subject: str, since: datetime | None, whole: bool, as_json: bool
) -> None:
    """List changes."""

    async def work(conversation: AdminConversation) -> None:
        asked = FindChanges(actor=actor, subject=subject, since=_seconds(since))
        found: list[ChangeRow] = []
        async for change in _changes(conversation, asked):
            found.append(change)
            if len(found) == _FEW_CHANGES and not whole:
                break
        if as_json:
            say_json({"changes": found})
            return
        head = ("change", "time", "by", "what", "of", "detail")
        say_table(head, list(map(_row, found)), "A_NO_CHANGES")

    ask_service(profile, work)


@audit.command("show", help=paragraph_of("H_ADMIN_AUDIT_SHOW"))
@click.argument("number", type=click.IntRange(min=1))
@json_option
@click.pass_obj
def show(profile: str, number: int, as_json: bool) -> None:
    """Show a change."""

    async def work(conversation: AdminConversation) -> None:
        change, rows = await _whole_change(conversation, number)
        if as_json:
            say_json({"change": change, "rows": rows})
            return
        by = change.actor or text_of("A_BY_SERVICE")
        where = f" at {change.address}" if change.address else ""
        say(f"change {change.change}, {moment(change.time)}, by {by}{where}: {change.action}")
        for row in rows:
            say(row_line(row))

    ask_service(profile, work)


@audit.command("export", help=paragraph_of("H_ADMIN_AUDIT_EXPORT"))
@_SINCE
@click.pass_obj
def export(profile: str, since: datetime | None) -> None:
    """Print changes as lines of JSON."""

    async def work(conversation: AdminConversation) -> None:
        async for change in _changes(conversation, FindChanges(since=_seconds(since))):
            _, rows = await _whole_change(conversation, change.change)
            say_json({"change": change, "rows": rows})

    ask_service(profile, work)


@audit.command("revert", help=paragraph_of("H_ADMIN_AUDIT_REVERT"))
@click.argument("number", type=click.IntRange(min=1))
@click.option("--removals", type=int, help="How many people, where that is more than 20.")
@changing
def revert(number: int, removals: int | None) -> Plan:
    """Make the opposite change."""
    return Plan((Revert(change=number),), destructive=True, removals=removals)


async def _changes(conversation: AdminConversation, asked: FindChanges) -> AsyncIterator[ChangeRow]:
    async for page in conversation.pages(asked, ChangesFound):
        for change in page.changes:
            yield change


async def _whole_change(
    conversation: AdminConversation, number: int
) -> tuple[ChangeRow, list[ChangedRow]]:
    rows: list[ChangedRow] = []
    after = ""
    while True:
        shown = await conversation.ask(ShowChange(change=number, after=after), ChangeShown)
        rows += shown.rows
        if not (after := shown.next):
            return shown.change, rows


def _row(change: ChangeRow) -> tuple[str, ...]:
    by = change.actor or text_of("A_BY_SERVICE")
    time = moment(change.time)
    return (str(change.change), time, by, change.action, change.subject, change.detail)


def _seconds(since: datetime | None) -> int:
    return int(since.astimezone().timestamp()) if since else 0
