"""Questions about what was changed."""

from collections.abc import Sequence
from typing import Any

from tui_call.service.database.changing import INVITES
from tui_call.service.database.moment import Moment
from tui_call.service.database.records import of_json
from tui_call.service.operations.showing import named_by_id, shown_invite, shown_row
from tui_call.service.operations.work import refused
from tui_call.service.questions.pages import fitting, page_of
from tui_call.signaling.administration import (
    PAGE,
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


async def find_changes(moment: Moment, request: FindChanges) -> ChangesFound:
    """List changes."""
    most = page_of(request.most)
    found = await moment.changes(
        actor=moment.address(request.actor),
        subject=request.subject,
        since=request.since,
        before=_number(request.after),
        most=most + 1,
    )
    changes = fitting([_change_row(row) for row in found[:most]])
    following = str(changes[-1].change) if changes and len(changes) < len(found) else ""
    return ChangesFound(changes=changes, next=following)


async def show_change(moment: Moment, request: ShowChange) -> ChangeShown:
    """Show one change with rows."""
    change = await moment.change(request.change)
    if change is None:
        raise refused("A_NO_CHANGE", n=request.change)
    known = _number(request.after)
    found = await moment.rows_of(request.change, known, PAGE)
    rows = fitting(await _shown(moment, found))
    following = known + len(rows)
    return ChangeShown(
        change=_change_row(change),
        rows=rows,
        next=str(following) if following < change.rows else "",
    )


async def _shown(moment: Moment, found: Sequence[Any]) -> list[ChangedRow]:
    pairs = [
        (of_json(row.table_name, row.before), of_json(row.table_name, row.after))
        for row in found
        if row.table_name != INVITES
    ]
    named = {key for pair in pairs for _, key in named_by_id(*pair)}
    names, records = await moment.names(named), iter(pairs)
    return [
        shown_invite(row.key, row.before, row.after)
        if row.table_name == INVITES
        else shown_row(*next(records), names)
        for row in found
    ]


def _change_row(row: Any) -> ChangeRow:
    return ChangeRow(
        row.id,
        row.time,
        row.actor,
        row.device,
        row.address,
        row.action,
        row.subject,
        row.detail,
        row.rows,
    )


def _number(after: str) -> int:
    return int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
