"""A group: its members, and the policies that it was granted."""

from collections.abc import Iterable
from functools import partial

from tui_call.sentences import text_of
from tui_call.signaling.administration import (
    AddMember,
    DropMember,
    FindGroups,
    FindPeople,
    RemoveGroup,
    RenameGroup,
    TakeGrant,
)
from tui_call.signaling.administration_answers import (
    GrantRow,
    GroupRow,
    GroupsFound,
    PeopleFound,
    PersonRow,
)
from tui_call.tui.admin_words import people_word
from tui_call.tui.screens.admin.desk import Desk
from tui_call.tui.screens.admin.opened import Entry, OpenedScreen, Section
from tui_call.tui.screens.admin.questions import ask_line


class GroupScreen(OpenedScreen):
    """One group.

    Args:
        desk: the draft, and the way to the service.
        name: of the group.
    """

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__(desk, name)
        self._name = name
        self._group: GroupRow | None = None
        self._members = PeopleFound(people=())

    async def load(self) -> None:
        """Ask for the group and the first of its members."""
        found = await self.desk.ask(FindGroups(text=self._name), GroupsFound)
        rows = found.groups if found else ()
        self._group = next((row for row in rows if row.name == self._name), None)
        if self._group is not None:
            members = await self.desk.ask(FindPeople(group=self._name), PeopleFound)
            self._members = members or self._members

    def sections(self) -> Iterable[Section]:
        """The group, its policies, its members."""
        group = self._group
        if group is None:
            return
        yield Section("this group", [
            Entry("name", group.name, self._rename),
            Entry("kept by", group.source or "hand"),
            Entry("remove this group", "", partial(self.desk.add, RemoveGroup(name=group.name))),
        ])  # fmt: skip
        yield Section("policies", [self._grant(grant) for grant in group.grants])
        shown = [self._member(person) for person in self._members.people]
        more = max(0, self._members.all - len(shown))
        shown += [Entry(text_of("T_ROWS_MORE", n=more))] if more else []
        yield Section(people_word(group.people), shown)

    def _member(self, person: PersonRow) -> Entry:
        leave = DropMember(group=self._name, account=person.account)
        return Entry(person.account, person.name, partial(self.desk.add, leave))

    def _grant(self, grant: GrantRow) -> Entry:
        take = TakeGrant(to="group", subject=self._name, kind=grant.kind)
        said = f"{grant.kind}, rank {grant.rank}"
        return Entry(grant.policy, said, partial(self.desk.add, take))

    def _rename(self) -> None:
        ask_line(
            self.store,
            "Name of the group",
            "T_GROUP_NAME",
            lambda new: self.desk.add(RenameGroup(name=self._name, new=new)),
            self._name,
        )

    def action_new(self) -> None:
        """Put somebody into the group."""

        def joined(account: str) -> None:
            self.desk.add(AddMember(group=self._name, account=account))

        ask_line(self.store, f"New in {self._name}", "T_MEMBER_NEW", joined)
