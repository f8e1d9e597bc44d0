"""A person: role, groups, devices, what applies to them and why."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import cast, get_args

from tui_call.signaling.administration import (
    Explain,
    ShowPerson,
)
from tui_call.signaling.administration_answers import (
    Explained,
    PersonShown,
)
from tui_call.signaling.administration_rows import (
    DeviceRow,
    GrantRow,
    PersonRow,
)
from tui_call.signaling.operations import (
    AddMember,
    ChangeRole,
    DisablePerson,
    DropMember,
    EnablePerson,
    InvitePerson,
    RemovePerson,
    RevokeDevice,
    TakeGrant,
)
from tui_call.signaling.vocabulary import Role
from tui_call.tui import moments
from tui_call.tui.admin_words import NOTHING, device_state
from tui_call.tui.screens.admin.explained import rule_words
from tui_call.tui.screens.admin.opened import OpenedRow, OpenedScreen, Section
from tui_call.tui.screens.admin.questions import ask_line, choose
from tui_call.tui.screens.admin.session import AdminSession
from tui_call.tui.screens.admin.wording import applied_word
from tui_call.tui.screens.dialogs import Choice

_ROLES = get_args(Role)


class PersonScreen(OpenedScreen):
    """One person.

    Args:
        session: the draft, and the way to the service.
        account: the address.
    """

    def __init__(self, session: AdminSession, account: str) -> None:
        super().__init__(session, account)
        self._account = account
        self._shown: PersonShown | None = None
        self._explained: Explained | None = None

    async def load(self) -> None:
        """Ask for the person, and which rules were tried."""
        self._shown = await self.session.ask(ShowPerson(account=self._account), PersonShown)
        if self._shown is not None:
            self._explained = await self.session.ask(Explain(account=self._account), Explained)

    def sections(self) -> Iterable[Section]:
        """Person, groups, grants, devices, rules."""
        shown = self._shown
        if shown is None:
            return
        yield Section(shown.person.name or self._account, self._facts(shown))
        yield Section("groups", [
            OpenedRow(group, "member", partial(self._leave, group)) for group in shown.person.groups
        ])  # fmt: skip
        yield Section("given directly", [self._grant(grant) for grant in shown.grants])
        yield Section("devices", [self._device(device) for device in shown.devices])
        for kind in self._explained.kinds if self._explained else ():
            rules = [OpenedRow(*rule_words(rule)) for rule in kind.rules]
            yield Section(f"{kind.kind}: {applied_word(kind.applied)}", rules)

    def _facts(self, shown: PersonShown) -> Sequence[OpenedRow]:
        person = shown.person
        clock = self.store.clocks
        seen = moments.when(person.last_seen, clock.wall(), clock.zone)
        client = f", tui-call {person.client}" if person.client else ""
        remove = RemovePerson(account=person.account)
        access = ("disabled", EnablePerson) if person.disabled else ("may come in", DisablePerson)
        return [
            OpenedRow("role", person.role, partial(self._ask_role, person)),
            OpenedRow("access", access[0], self.adding(access[1](account=person.account))),
            OpenedRow("E2EE setting", shown.setting),
            OpenedRow("last seen", f"{seen}{client}"),
            OpenedRow("kept by", person.source or "hand"),
            OpenedRow("invite", "a link for a new device", partial(self._invite, person)),
            OpenedRow(
                "remove this person",
                "",
                self.adding(remove),
            ),
        ]

    def _invite(self, person: PersonRow) -> None:
        self.session.add(InvitePerson(account=person.account))

    def _ask_role(self, person: PersonRow) -> None:
        def chosen(role: str) -> None:
            self.session.add(ChangeRole(account=person.account, role=cast("Role", role)))

        choices = [Choice(role, role) for role in _ROLES]
        choose(self.store, f"Role of {person.account}", choices, chosen, person.role)

    def _leave(self, group: str) -> None:
        self.session.add(DropMember(group=group, account=self._account))

    def _grant(self, grant: GrantRow) -> OpenedRow:
        take = TakeGrant(to="user", subject=self._account, kind=grant.kind)
        return OpenedRow(grant.policy, grant.kind, self.adding(take))

    def _device(self, device: DeviceRow) -> OpenedRow:
        revoke = None
        if not device.revoked:
            revoke = self.adding(RevokeDevice(device=device.device))
        return OpenedRow(device.name or NOTHING, device_state(device), revoke)

    def action_new(self) -> None:
        """Put the person into a group."""

        def joined(group: str) -> None:
            self.session.add(AddMember(group=group, account=self._account))

        ask_line(self.store, f"Group for {self._account}", "T_GROUP_OF_PERSON", joined)
