"""What a change did, or would do, in words: the rows that it writes and whom it concerns.

Rows come first, then what the service notes, then the people to whom another policy applies, and
those of a group who keep their own. Of what is long a few are told, unless all is asked for.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec

from tui_call.sentences import text_of
from tui_call.signaling.administration_answers import ChangeOutcome
from tui_call.signaling.administration_rows import (
    Applied,
    ChangedRow,
    Effect,
)
from tui_call.signaling.operations import (
    GrantPolicy,
    Operation,
    Row,
)
from tui_call.signaling.policies import GrantedTo
from tui_call.tui.admin_words import (
    applied_word,
    device_label,
    how_changed,
    people_word,
    subject_word,
)

FEW_NAMES = 2
FEW_ROWS = 12
FEW_GROUPS = 8


@dataclass(frozen=True, slots=True)
class Manner:
    """How a difference is told.

    Attributes:
        what_if: it would be so; else it is.
        whole: every name and row.
        counted: rows are people of a list, of whom numbers are told.
        asked: groups that were to be granted something; other grants only moved.
        remedy: behind what is left out, how to see it.
    """

    what_if: bool
    whole: bool = False
    counted: bool = False
    asked: frozenset[str] = frozenset()
    remedy: str = ""

    @property
    def voice(self) -> str:
        """Which of two sentences."""
        return "would" if self.what_if else "did"

    def listed(self, names: Sequence[str], few: int) -> str:
        """Return the first names of a list, and how many more there are."""
        if self.whole or len(names) <= few + 1:
            return ", ".join(names)
        return f"{', '.join(names[:few])}, {self.more(len(names) - few)}"

    def more(self, number: int) -> str:
        """Return how many more there are."""
        return f"{text_of('A_MORE_ROWS', n=number)} {self.remedy}".rstrip()


def granted_groups(operations: Iterable[Operation]) -> frozenset[str]:
    """Return the groups that operations grant something to."""
    grants = (one for one in operations if isinstance(one, GrantPolicy))
    return frozenset(one.subject for one in grants if one.to == "group")


def difference(outcome: ChangeOutcome, manner: Manner) -> list[str]:
    """Return a line for each row, then those to whom another policy applies."""
    if not outcome.differs:
        return [text_of("A_NO_DIFFERENCE")]
    lines = _counted(outcome.rows, manner) if manner.counted else _rows(outcome, manner)
    lines += outcome.notes
    lines += _concerned(outcome.effects, manner)
    if untold := outcome.all_effects - len(outcome.effects):
        lines.append(text_of("A_MORE_EFFECTS", n=untold))
    lines += _kept(outcome, manner)
    return lines


def told(outcome: ChangeOutcome, manner: Manner) -> list[str]:
    """Return the lines that tell a difference on the command line."""
    lines = difference(outcome, manner)
    if not outcome.differs:
        return lines
    if not manner.what_if:
        lines[0] = f"change {outcome.change}: {lines[0]}"
    if not lines[-1].endswith("."):
        lines[-1] += "."
    if manner.what_if:
        lines[-1] += " " + text_of("A_NOTHING_CHANGED")
    return lines


# Rows


def _rows(outcome: ChangeOutcome, manner: Manner) -> list[str]:
    going = {row.key for row in outcome.rows if row.table == "person" and _comes_or_goes(row)}
    meant = [
        row
        for row in outcome.rows
        if not (_only_moved(row, manner.asked) or (row.table == "setting" and row.key in going))
    ] or outcome.rows
    granted = {_field(row, "policy") for row in meant if row.table == "grant"}
    lines = [row_line(row, manner.voice) + _reach(row, granted) for row in meant]
    if len(lines) > FEW_ROWS and not manner.whole:
        lines = [*lines[:FEW_ROWS], manner.more(len(lines) - FEW_ROWS)]
    if outcome.moved_down:
        which = "one" if outcome.moved_down == 1 else "many"
        lines[-1] += "; " + text_of("A_MOVED_DOWN", which, n=outcome.moved_down)
    return lines


def row_line(row: ChangedRow, voice: str = "did") -> str:
    """Return what happened to a row; with the voice "would", what would."""
    fields = row.after or row.before or {}
    if (special := _SPECIAL.get(row.table)) is not None:
        return special(row, fields, voice)
    what = _what(row, fields)
    if row.before is None:
        return text_of("A_ROW_NEW", voice, what=what)
    if row.after is None:
        return text_of("A_ROW_GONE", voice, what=what)
    return f"{text_of('A_ROW_CHANGED', voice, what=what)} " + how_changed(row.before, row.after)


def _what(row: ChangedRow, fields: Row) -> str:
    match row.table:
        case "person":
            name = fields.get("name")
            return f"{row.key} ({name})" if name else row.key
        case "policy":
            return f"policy {row.key} ({fields.get('kind', '')})"
        case "device":
            return device_label(row.key, str(fields.get("account") or ""))
        case "invite":
            return f"invite for {fields.get('account') or row.key}"
        case _:
            return f"{row.table} {row.key}"


def _grant(row: ChangedRow, fields: Row, voice: str) -> str:
    said = {"policy": fields.get("policy"), "to": _to(fields)}
    if row.after is None:
        return text_of("A_GRANT_GONE", voice, **said)
    if row.before is None:
        return text_of("A_GRANT_NEW", voice, **said)
    if row.before.get("policy") == row.after.get("policy"):
        return text_of("A_GRANT_MOVED", voice, **said, rank=row.before.get("rank"))
    return text_of("A_GRANT_REPLACED", voice, **said, other=row.before.get("policy"))


def _membership(row: ChangedRow, fields: Row, voice: str) -> str:
    code = "A_MEMBER_GONE" if row.after is None else "A_MEMBER_NEW"
    return text_of(code, voice, who=fields.get("account"), group=fields.get("group"))


_SPECIAL: dict[str, Callable[[ChangedRow, Row, str], str]] = {
    "grant": _grant,
    "membership": _membership,
}


def _to(fields: Row) -> str:
    to = cast("GrantedTo", fields.get("to"))
    return subject_word(to, str(fields.get("subject") or ""), int(fields.get("rank") or 0))


def _reach(row: ChangedRow, granted: set[object]) -> str:
    """Return that a new policy applies to nobody, where it does."""
    if row.table != "policy" or row.before is not None or row.key in granted:
        return ""
    return "; " + text_of("A_FOR_NOBODY")


def _comes_or_goes(row: ChangedRow) -> bool:
    return row.before is None or row.after is None


def _only_moved(row: ChangedRow, asked: frozenset[str]) -> bool:
    """Whether it is a grant that another one has moved: only its rank is another one."""
    if row.table != "grant" or row.before is None or row.after is None:
        return False
    same = {**row.before, "rank": 0} == {**row.after, "rank": 0}
    return same and row.after.get("subject") not in asked


def _field(row: ChangedRow, name: str) -> object:
    return (row.after or row.before or {}).get(name)


# Lists of people


def _counted(rows: Sequence[ChangedRow], manner: Manner) -> list[str]:
    people = Counter(_fate(row) for row in rows if row.table == "person")
    fates = [fate for fate in _FATES if people[fate]]
    numbers = [people_word(people[fate]) if at == 0 else people[fate]
               for at, fate in enumerate(fates)]  # fmt: skip
    counts = ", ".join(
        text_of("A_COUNT", f"{manner.voice} {fate}", n=number)
        for fate, number in zip(fates, numbers, strict=True)
    )
    groups: Counter[str] = Counter()
    for row in rows:
        if row.table == "membership":
            groups[str(_field(row, "group"))] += 1 if row.before is None else -1
    moved = [f"{group} {number:+d}" for group, number in sorted(groups.items()) if number]
    said = [counts, manner.listed(moved, FEW_GROUPS)]
    if not counts and not moved:
        return [row_line(row, manner.voice) for row in rows[:FEW_ROWS]]
    would = "would " if manner.what_if and counts else ""
    return [would + "; ".join(filter(None, said))]


_FATES = ("add", "change", "disable", "remove")


def _fate(row: ChangedRow) -> str:
    if row.before is None:
        return "add"
    if row.after is None:
        return "remove"
    newly = row.after.get("disabled") and not row.before.get("disabled")
    return "disable" if newly else "change"


# Whom it concerns


def _concerned(effects: Iterable[Effect], manner: Manner) -> Iterator[str]:
    """Yield a line for each way from one policy to another; who comes or goes has none."""
    moves: defaultdict[tuple[Applied, Applied], list[str]] = defaultdict(list)
    for effect in effects:
        if effect.before is not None and effect.after is not None:
            moves[_alike(effect.before), _alike(effect.after)].append(effect.account)
    for (before, after), people in moves.items():
        way = applied_word(after)  # of one that only says something else
        if before != after:
            way = f"{applied_word(before)} -> {way}"
        yield f"{people_word(len(people))}: {way}: {manner.listed(people, FEW_NAMES)}"


def _alike(applied: Applied) -> Applied:
    """Return what is the same for all to whom a policy applies, through whatever."""
    return msgspec.structs.replace(applied, source="organisation", group="", rank=0)


def _kept(outcome: ChangeOutcome, manner: Manner) -> Iterator[str]:
    of_policy: defaultdict[str, list[str]] = defaultdict(list)
    for kept in outcome.kept:
        of_policy[kept.policy].append(kept.account)
    said = [
        f"{manner.listed(people, FEW_NAMES)} ({policy})" for policy, people in of_policy.items()
    ]
    if untold := outcome.all_kept - len(outcome.kept):
        said.append(f"{untold} more")
    if said:
        yield f"{text_of('A_KEPT', n=outcome.all_kept)} {'; '.join(said)}"
