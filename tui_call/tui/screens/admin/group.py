"""A group: its members, and the policies that it was granted."""

from collections.abc import Iterable

from tui_call.signaling.administration import (
    FindGroups,
    FindPeople,
)
from tui_call.signaling.administration_answers import (
    GroupsFound,
    PeopleFound,
)
from tui_call.signaling.administration_rows import (
    GrantRow,
    GroupRow,
    PersonRow,
)
from tui_call.signaling.operations import (
    AddMember,
    DropMember,
    RemoveGroup,
    RenameGroup,
    TakeGrant,
)
from tui_call.tui.admin_words import people_word
from tui_call.tui.screens.admin.opened import OpenedRow, OpenedScreen, Section, more_rows
from tui_call.tui.screens.admin.questions import ask_line
from tui_call.tui.screens.admin.session import AdminSession


class GroupScreen(OpenedScreen):
    """One group.

    Args:
        session: the draft, and the way to the service.
        name: of the group.
    """

    def __init__(self, session: AdminSession, name: str) -> None:
        super().__init__(session, name)
        self._name = name
        self._group: GroupRow | None = None
        self._members = PeopleFound(people=())

    async def load(self) -> None:
        """Ask for the group and the first of its members."""
        found = await self.session.ask(FindGroups(text=self._name), GroupsFound)
        rows = found.groups if found else ()
        self._group = next((row for row in rows if row.name == self._name), None)
        if self._group is not None:
            members = await self.session.ask(FindPeople(group=self._name), PeopleFound)
            self._members = members or self._members

    def sections(self) -> Iterable[Section]:
        """The group, its policies, its members."""
        group = self._group
        if group is None:
            return
        yield Section("this group", [
            OpenedRow("name", group.name, self._rename),
            OpenedRow("kept by", group.source or "hand"),
            OpenedRow("remove this group", "", self.adding(RemoveGroup(name=group.name))),
        ])  # fmt: skip
        yield Section("policies", [self._grant(grant) for grant in group.grants])
        shown = [self._member(person) for person in self._members.people]
        shown += more_rows(self._members.all - len(shown))
        yield Section(people_word(group.people), shown)

    def _member(self, person: PersonRow) -> OpenedRow:
        leave = DropMember(group=self._name, account=person.account)
        return OpenedRow(person.account, person.name, self.adding(leave))

    def _grant(self, grant: GrantRow) -> OpenedRow:
        take = TakeGrant(to="group", subject=self._name, kind=grant.kind)
        said = f"{grant.kind}, rank {grant.rank}"
        return OpenedRow(grant.policy, said, self.adding(take))

    def _rename(self) -> None:
        ask_line(
            self.store,
            "Name of the group",
            "T_GROUP_NAME",
            lambda new: self.session.add(RenameGroup(name=self._name, new=new)),
            self._name,
        )

    def action_new(self) -> None:
        """Put somebody into the group."""

        def joined(account: str) -> None:
            self.session.add(AddMember(group=self._name, account=account))

        ask_line(self.store, f"New in {self._name}", "T_MEMBER_NEW", joined)
