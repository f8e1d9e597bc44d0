"""What a change would do, in words."""

from collections import Counter

from tui_call.signaling.administration_answers import Applied, ChangedRow, ChangeOutcome
from tui_call.tui.screens.admin.wording import counted, term_word


def told(outcome: ChangeOutcome, *, whole: bool = False) -> list[str]:
    """Return a line a row, then those to whom another policy would apply."""
    said = [_row(row) for row in outcome.rows]
    moves = Counter(
        (_word(effect.before), _word(effect.after))
        for effect in outcome.effects
        if effect.before and effect.after
    )
    for (before, after), number in moves.items():
        said.append(f"{counted(number, 'person', 'people')}: {before} -> {after}")
    if outcome.all_kept:
        said.append(f"{outcome.all_kept} keep their own ({outcome.kept[0].policy})")
    if whole:
        said += [f"{one.account}: {one.kind}" for one in outcome.effects]
    return [*said, *outcome.notes]


def _row(row: ChangedRow) -> str:
    sign = "+" if row.before is None else "-" if row.after is None else "~"
    return f"{sign} {row.table} {row.key}"


def _word(applied: Applied) -> str:
    return term_word(applied.value) if applied.value else applied.policy
