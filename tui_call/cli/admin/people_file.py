"""Files of people: CSV with the columns name, address, groups, role and external_id.

Read as spreadsheets write them: with or without a byte order mark, separated by commas, semicolons
or tabs. What a spreadsheet would take for a formula is written with an apostrophe before it, which
reading takes off again: at the beginning of a field, and behind each separator in one, because a
spreadsheet that separates by another one begins a cell there.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from tui_call.cli.admin.outcome import InputRefused, input_refused, placed, text_of_file
from tui_call.foreign_text import clean
from tui_call.identifiers import IdentifierError, parse_account_id
from tui_call.sentences import text_of
from tui_call.signaling.administration_rows import PersonRow
from tui_call.signaling.operations import GROUPS_ARE_SEPARATED_BY, PutPerson
from tui_call.signaling.vocabulary import Role

COLUMNS = ("name", "address", "groups", "role", "external_id")
MOST_PEOPLE = 99_999
_MOST_NAME = 64
_MOST_EXTERNAL_ID = 256
_SEPARATORS = ",;\t"
_APOSTROPHE = "'"
_CELL_BEGINS = rf"(?<![^{_SEPARATORS}\r\n])"
_FORMULA_FOLLOWS = rf"""(?=[ "]*[-=+@\t\r{_APOSTROPHE}])"""
"""What a spreadsheet takes for the beginning of a formula, behind what it may drop before one.

An apostrophe counts as well, so that reading takes off none but those that were put there.
"""
_UNGUARDED = re.compile(_CELL_BEGINS + _FORMULA_FOLLOWS)
_GUARDED = re.compile(_CELL_BEGINS + _APOSTROPHE + _FORMULA_FOLLOWS)


@dataclass(frozen=True, slots=True)
class PeopleRead:
    """The people of a file, and the line where each begins."""

    people: tuple[PutPerson, ...]
    lines: tuple[int, ...]


def read(file: Path, source: str) -> PeopleRead:
    """Read a file of people.

    Args:
        file: the CSV.
        source: the feed that owns its rows, "" for none.

    Raises:
        InputRefused: it cannot be read, or lines of it are wrong; every one of those is told.
    """
    people: dict[str, tuple[int, PutPerson]] = {}
    faults: list[str] = []
    for line, head, record in _records(text_of_file(file)):
        try:
            person = _person(_by_name(head, record), source)
            user = person.address.partition("@")[0]
            if user in people:
                raise input_refused("A_FILE", "twice", who=person.address, n=people[user][0])
        except InputRefused as fault:
            faults += [placed(line, said) for said in fault.said]
        else:
            people[user] = (line, person)
    if faults:
        raise InputRefused(faults)
    if len(people) > MOST_PEOPLE:
        raise input_refused("A_FILE", "people", n=MOST_PEOPLE)
    lines, read = zip(*people.values(), strict=True) if people else ((), ())
    return PeopleRead(read, lines)


def read_addresses(file: Path) -> tuple[str, ...]:
    """Return the addresses of a file that has one a line; lines that begin with "#" are none.

    Raises:
        InputRefused: it cannot be read, or an address stands there twice.
    """
    first_lines: dict[str, int] = {}
    for line, text in enumerate(text_of_file(file).splitlines(), 1):
        address = text.strip()
        if address and not address.startswith("#"):
            if address in first_lines:
                said = text_of("A_FILE", "twice", who=address, n=first_lines[address])
                raise InputRefused([placed(line, said)])
            first_lines[address] = line
    return tuple(first_lines)


def written(people: Iterable[PersonRow]) -> str:
    """Return people as a file that spreadsheets can open without harm."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for person in people:
        fields = (
            person.name,
            person.account,
            "|".join(person.groups),
            person.role,
            person.external_id,
        )
        writer.writerow([_harmless(field) for field in fields])
    return text.getvalue()


def _records(text: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yield every record behind the names of its fields and the line where it begins.

    Empty lines are no records.

    Raises:
        InputRefused: the first line does not name the columns, or what follows is no CSV.
    """
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        head = _head(next(reader, list[str]()))
        line = reader.line_num + 1
        for record in reader:
            if any(field.strip() for field in record):
                yield line, head, record
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputRefused([placed(line, text_of("A_FILE", "csv", reason=error))]) from error


def _head(record: list[str]) -> list[str]:
    names = [name.strip().casefold() for name in record]
    if "address" not in names or len(set(names)) != len(names) or not set(names) <= set(COLUMNS):
        raise InputRefused([placed(1, text_of("A_FILE", "head"))])
    return names


def _by_name(head: list[str], record: list[str]) -> dict[str, str]:
    if len(record) != len(head):
        raise input_refused("A_FILE", "fields", n=len(record), wanted=len(head))
    return {name: _plain(field.strip()) for name, field in zip(head, record, strict=True)}


def _person(fields: dict[str, str], source: str) -> PutPerson:
    address, role = fields["address"].casefold(), fields.get("role", "").casefold()
    try:
        parse_account_id(address if "@" in address else f"{address}@here")
    except IdentifierError as error:
        raise input_refused("A_FILE", "address", what=address or "-") from error
    if role and role not in get_args(Role):
        raise input_refused("A_FILE", "role", what=role, known=", ".join(get_args(Role)))
    groups = _groups(fields["groups"]) if "groups" in fields else None
    external_id = fields.get("external_id", "")
    for column, value, most in (
        ("name", fields.get("name", ""), _MOST_NAME),
        ("external_id", external_id, _MOST_EXTERNAL_ID),
        *(("groups", group, _MOST_NAME) for group in groups or ()),
    ):
        if len(value) > most:
            raise input_refused("A_FILE", "long", column=column, n=most)
    return PutPerson(
        address=address,
        name=clean(fields.get("name", ""), _MOST_NAME),
        role=cast("Role", role) if role else None,
        groups=groups,
        external_id=external_id or None,
        source=source,
    )


def _groups(field: str) -> tuple[str, ...]:
    """Return the groups of a field, each once."""
    for separator in GROUPS_ARE_SEPARATED_BY:
        field = field.replace(separator, "\n")
    names = (name.strip() for name in field.split("\n"))
    return tuple(dict.fromkeys(name for name in names if name))


def _harmless(field: str) -> str:
    return _UNGUARDED.sub(_APOSTROPHE, field)


def _plain(field: str) -> str:
    """Take off the apostrophes that `_harmless` put there."""
    return _GUARDED.sub("", field)
