"""The lists of Admin: what is asked for each, and how its rows are shown."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual.content import Content

from tui_call.sentences import text_of
from tui_call.signaling.administration import (
    FindChanges,
    FindDevices,
    FindGroups,
    FindPeople,
    FindPolicies,
    Request,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangesFound,
    DevicesFound,
    GroupsFound,
    PeopleFound,
    PoliciesFound,
)
from tui_call.signaling.administration_rows import (
    ChangeRow,
    DeviceRow,
    GroupRow,
    PersonRow,
    PolicyRow,
)
from tui_call.tui import lines
from tui_call.tui.admin_words import NOTHING, device_state, value_word
from tui_call.tui.screens.admin.columns import Cell, Column, in_columns
from tui_call.tui.screens.admin.wording import counted, granted_to

_ID_DIGITS = 8
_STATES = {"revoked": lines.WARN, "online": lines.GOOD, "offline": lines.SOFT}
_Row = TypeVar("_Row")
_Found = TypeVar("_Found", bound=Answer)
When = Callable[[float], str]
"""Gives a moment in Unix seconds as a person reads it."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[_Row]):
    """Part of a list.

    Attributes:
        rows: by their keys, in order.
        next: what to ask for the page behind it, "" for none.
        all: how many rows the list has, 0 where the service did not count.
    """

    rows: Mapping[str, _Row]
    next: str = ""
    all: int = 0


class Tab(ABC, Generic[_Row, _Found]):
    """One list.

    Attributes:
        name: in the line of lists.
        one, many: what a row and what rows are.
        finds: what can be looked for.
        columns: of a row.
        kind: of the answer that holds a page.
    """

    kind: type[_Found]
    name: ClassVar[str]
    one: ClassVar[str]
    many: ClassVar[str]
    finds: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]

    @abstractmethod
    def request(self, text: str, after: str) -> Request:
        """Return what asks for a page."""

    @abstractmethod
    def page(self, answer: _Found) -> Listed[_Row]:
        """Return what was answered."""

    @abstractmethod
    def cells(self, row: _Row, when: When) -> Sequence[Cell]:
        """Return what a row shows in each column."""

    @abstractmethod
    def facts(self, row: _Row, when: When) -> Sequence[tuple[str, str]]:
        """Return what is said of the chosen row below the list."""

    def drawn(self, row: _Row, when: When, room: int) -> Content:
        """Return a row in at most `room` cells."""
        return in_columns(self.columns, self.cells(row, when), room)

    def header(self, room: int) -> str:
        """Return the titles of the columns."""
        return in_columns(self.columns, [one.title for one in self.columns], room).plain


class PoliciesTab(Tab[PolicyRow, PoliciesFound]):
    """Policies of both kinds, with those to whom they are granted."""

    kind = PoliciesFound
    name, one, many = "policies", "policy", "policies"
    finds = "name"
    columns = (
        Column("policy", 18, 1), Column("kind", 11), Column("e2ee", 12),
        Column("granted to", 16, 2), Column("people", 7),
    )  # fmt: skip

    def request(self, text: str, after: str) -> Request:
        """Ask for policies by name."""
        return FindPolicies(text=text, after=after)

    def page(self, answer: PoliciesFound) -> Listed[PolicyRow]:
        """Return the policies."""
        return Listed({row.name: row for row in answer.policies}, answer.next, answer.all)

    def cells(self, row: PolicyRow, when: When) -> Sequence[Cell]:  # noqa: ARG002
        """Name, kind, what it says of E2EE calls, to whom it is granted."""
        calls = row.terms.get("e2ee_calls")
        e2ee = value_word(calls) if calls is not None else ""
        return row.name, row.kind, e2ee, granted_to(row), str(row.people)

    def facts(self, row: PolicyRow, when: When) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        """All terms."""
        terms = (f"{name} {value_word(value)}" for name, value in row.terms.items())
        return [("Terms", ", ".join(terms)), ("Granted to", granted_to(row))]


class PeopleTab(Tab[PersonRow, PeopleFound]):
    """Everybody in the organisation."""

    kind = PeopleFound
    name, one, many = "people", "person", "people"
    finds = "name or address"
    columns = (
        Column("address", 20, 1), Column("name", 18, 1), Column("role", 9),
        Column("e2ee", 12), Column("last seen", 16),
    )  # fmt: skip

    def request(self, text: str, after: str) -> Request:
        """Ask for people by name and address."""
        return FindPeople(text=text, after=after)

    def page(self, answer: PeopleFound) -> Listed[PersonRow]:
        """Return the people."""
        return Listed({row.account: row for row in answer.people}, answer.next, answer.all)

    def cells(self, row: PersonRow, when: When) -> Sequence[Cell]:
        """Address, name, role, what applies to them, when they were last here."""
        role = ("disabled", lines.WARN) if row.disabled else row.role
        return row.account, row.name, role, value_word(row.e2ee_calls), when(row.last_seen)

    def facts(self, row: PersonRow, when: When) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        """Groups, devices, and who keeps the row."""
        devices = counted(row.devices, "device", "devices")
        client = f", tui-call {row.client}" if row.client else ""
        return [("Groups", ", ".join(row.groups) or NOTHING), ("Devices", f"{devices}{client}"),
                *_source(row.source)]  # fmt: skip


class GroupsTab(Tab[GroupRow, GroupsFound]):
    """Groups of people."""

    kind = GroupsFound
    name, one, many = "groups", "group", "groups"
    finds = "name"
    columns = (
        Column("group", 20, 1), Column("people", 8), Column("policies", 20, 2), Column("source", 12)
    )  # fmt: skip

    def request(self, text: str, after: str) -> Request:
        """Ask for groups by name."""
        return FindGroups(text=text, after=after)

    def page(self, answer: GroupsFound) -> Listed[GroupRow]:
        """Return the groups."""
        return Listed({row.name: row for row in answer.groups}, answer.next, answer.all)

    def cells(self, row: GroupRow, when: When) -> Sequence[Cell]:  # noqa: ARG002
        """Name, how many people, the policies with their ranks, the feed."""
        return row.name, str(row.people), _policies(row), row.source or "by hand"

    def facts(self, row: GroupRow, when: When) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        """Its policies, and who keeps the row."""
        return [("Policies", _policies(row)), *_source(row.source)]


class DevicesTab(Tab[DeviceRow, DevicesFound]):
    """Devices of everybody."""

    kind = DevicesFound
    name, one, many = "devices", "device", "devices"
    finds = "address"
    columns = (
        Column("of", 22, 1), Column("device", 18, 1), Column("state", 9),
        Column("enrolled", 16), Column("id", 10),
    )  # fmt: skip

    def request(self, text: str, after: str) -> Request:
        """Ask for devices of an account."""
        return FindDevices(account=text, after=after)

    def page(self, answer: DevicesFound) -> Listed[DeviceRow]:
        """Return the devices."""
        return Listed({row.device: row for row in answer.devices}, answer.next, answer.all)

    def cells(self, row: DeviceRow, when: When) -> Sequence[Cell]:
        """Whose it is, its name, whether it is here, since when."""
        return row.account, row.name, _state(row), when(row.enrolled), row.device[:_ID_DIGITS]

    def facts(self, row: DeviceRow, when: When) -> Sequence[tuple[str, str]]:
        """Its whole id, and when it was revoked."""
        revoked = [("Revoked", when(row.revoked))] if row.revoked else []
        return [("Id", row.device), *revoked]


class AuditTab(Tab[ChangeRow, ChangesFound]):
    """What was changed, the newest first."""

    kind = ChangesFound
    name, one, many = "audit", "change", "changes"
    finds = "account, group or policy"
    columns = (
        Column("no.", 6), Column("when", 16), Column("what", 16), Column("whom", 17, 2),
        Column("by", 16, 1), Column("rows", 5),
    )  # fmt: skip

    def request(self, text: str, after: str) -> Request:
        """Ask for changes of a subject."""
        return FindChanges(subject=text, after=after)

    def page(self, answer: ChangesFound) -> Listed[ChangeRow]:
        """Return the changes."""
        return Listed({str(row.change): row for row in answer.changes}, answer.next)

    def cells(self, row: ChangeRow, when: When) -> Sequence[Cell]:
        """Number, moment, what, whom, who."""
        actor = row.actor or text_of("A_BY_SERVICE")
        return str(row.change), when(row.time), row.action, row.subject, actor, str(row.rows)

    def facts(self, row: ChangeRow, when: When) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        """What was said of it, and from where it came."""
        origin = ", ".join(part for part in (row.device[:_ID_DIGITS], row.address) if part)
        return [("What", row.detail or row.action), ("From", origin or NOTHING)]


TABS: tuple[Tab[Any, Any], ...] = (
    PoliciesTab(),
    PeopleTab(),
    GroupsTab(),
    DevicesTab(),
    AuditTab(),
)


def _state(row: DeviceRow) -> Cell:
    said = device_state(row)
    return said, _STATES[said]


def _policies(row: GroupRow) -> str:
    return ", ".join(f"{one.policy} ({one.rank})" for one in row.grants) or NOTHING


def _source(source: str) -> list[tuple[str, str]]:
    return [("Kept by", source)] if source else []
