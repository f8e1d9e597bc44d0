"""A policy: its terms, to whom it is granted, and to whom it applies."""

from collections.abc import Iterable
from functools import partial
from typing import cast, get_args

from tui_call.control.actions import PolicyAllows
from tui_call.permissions.terms import CallingTerms, EncryptionTerms, as_mapping
from tui_call.sentences import text_of
from tui_call.signaling.administration import (
    FindConcerned,
    FindPolicies,
)
from tui_call.signaling.administration_answers import (
    ConcernedFound,
    PoliciesFound,
)
from tui_call.signaling.administration_rows import (
    GrantRow,
    PolicyRow,
)
from tui_call.signaling.operations import (
    GrantPolicy,
    Kind,
    NewPolicy,
    RemovePolicy,
    RenamePolicy,
    SetPolicy,
    TakeGrant,
    Term,
    Terms,
)
from tui_call.signaling.policies import GrantedTo
from tui_call.tui.admin_words import people_word, value_word
from tui_call.tui.screens.admin.opened import OpenedRow, OpenedScreen, Section, more_rows
from tui_call.tui.screens.admin.questions import ask_line, choose, no_number
from tui_call.tui.screens.admin.session import AdminSession
from tui_call.tui.screens.admin.wording import counted, through
from tui_call.tui.screens.dialogs import Choice

_DEFAULTS: dict[Kind, Terms] = {
    "encryption": as_mapping(EncryptionTerms()),
    "calling": as_mapping(CallingTerms()),
}
_CHOICES = {"e2ee_calls": get_args(PolicyAllows)}
_RECIPIENTS = (
    Choice("group", "A group"),
    Choice("user", "A person"),
    Choice("organisation", "Everybody else"),
)


class PolicyScreen(OpenedScreen):
    """One policy, of the service or of the draft.

    Args:
        session: the draft, and the way to the service.
        name: of the policy.
    """

    def __init__(self, session: AdminSession, name: str) -> None:
        super().__init__(session, name)
        self._name = name
        self._policy: PolicyRow | None = None
        self._concerned = ConcernedFound(people=())

    async def load(self) -> None:
        """Ask for the policy, and to whom it applies."""
        found = await self.session.ask(FindPolicies(text=self._name), PoliciesFound)
        rows = found.policies if found else ()
        self._policy = next((row for row in rows if row.name == self._name), None)
        if self._policy is not None:
            concerned = await self.session.ask(FindConcerned(policy=self._name), ConcernedFound)
            self._concerned = concerned or self._concerned

    def sections(self) -> Iterable[Section]:
        """Terms, grants, people."""
        policy = self._policy or drafted_policy(self.session, self._name)
        if policy is None:
            return
        wanted = self.session.draft.terms_of(policy.name, policy.terms)
        terms = [self._term(name, value, wanted) for name, value in policy.terms.items()]
        yield Section(f"{policy.kind} policy", terms)
        granted = [self._grant(grant) for grant in policy.grants]
        yield Section("granted to", granted + more_rows(policy.all_grants - len(granted)))
        yield Section("this policy", [
            OpenedRow("name", policy.name, partial(self._rename, policy.name)),
            OpenedRow("remove this policy", "", self.adding(RemovePolicy(name=policy.name))),
        ])  # fmt: skip
        found = self._concerned
        shown = [
            OpenedRow(one.account, through(one.source, one.group or one.account, one.rank))
            for one in found.people
        ]
        shown += more_rows(found.all - len(shown))
        yield Section(f"applies to {counted(policy.people, 'person', 'people')}", shown)

    def _term(self, name: str, value: Term, wanted: dict[str, Term]) -> OpenedRow:
        new = wanted.get(name, value)
        said = value_word(value)
        if new != value:
            said = f"{said} -> {value_word(new)}"
        return OpenedRow(name, said, partial(self._change_term, name, new))

    def _change_term(self, name: str, value: Term) -> None:
        if isinstance(value, bool):
            self._set(name, not value)
        elif name in _CHOICES:
            choices = [Choice(one, value_word(one)) for one in _CHOICES[name]]
            choose(self.store, name, choices, partial(self._set, name), str(value))
        elif isinstance(value, int):
            ask_line(
                self.store,
                name,
                "T_TERM_NUMBER",
                lambda typed: self._set(name, int(typed)),
                str(value),
                objection=no_number,
            )
        else:
            change = partial(self._set, name)
            ask_line(self.store, name, "T_TERM_TEXT", change, value, any_answer=True)

    def _set(self, name: str, value: Term) -> None:
        self.session.add(SetPolicy(name=self._name, terms={name: value}))

    def _rename(self, now: str) -> None:
        ask_line(
            self.store,
            "Name of the policy",
            "T_POLICY_NAME",
            lambda new: self.session.add(RenamePolicy(name=now, new=new)),
            now,
        )

    # Grants

    def _grant(self, grant: GrantRow) -> OpenedRow:
        said = people_word(grant.people)
        named = through(grant.to, grant.subject, grant.rank)
        if grant.to == "organisation":
            return OpenedRow(named, said)
        return OpenedRow(named, said, partial(self._change_grant, grant))

    def _change_grant(self, grant: GrantRow) -> None:
        choices = [Choice("take", "Take it away")]
        if grant.to == "group":
            choices = [Choice("rank", "Give it another rank"), *choices]

        def chosen(what: str) -> None:
            if what == "rank":
                self._ask_rank(grant.subject, str(grant.rank))
            else:
                self.session.add(TakeGrant(to=grant.to, subject=grant.subject, kind=grant.kind))

        choose(self.store, through(grant.to, grant.subject, grant.rank), choices, chosen)

    def action_new(self) -> None:
        """Grant the policy to somebody."""
        title = text_of("T_GRANT_ASK", policy=self._name)
        choose(self.store, title, _RECIPIENTS, lambda to: self._ask_subject(cast("GrantedTo", to)))

    def _ask_subject(self, to: GrantedTo) -> None:
        if to == "organisation":
            self.session.add(GrantPolicy(policy=self._name, to=to))
        elif to == "user":
            ask_line(
                self.store,
                "Address",
                "T_GRANT_PERSON",
                lambda who: self.session.add(GrantPolicy(policy=self._name, to=to, subject=who)),
            )
        else:
            ask_line(self.store, "Group", "T_GRANT_GROUP", self._ask_rank)

    def _ask_rank(self, group: str, now: str = "") -> None:
        def ranked(typed: str) -> None:
            rank = int(typed) if typed else None
            self.session.add(GrantPolicy(policy=self._name, to="group", subject=group, rank=rank))

        ask_line(
            self.store,
            f"Rank of {group}",
            "T_GRANT_RANK",
            ranked,
            now,
            any_answer=True,
            objection=lambda typed: no_number(typed) if typed else "",
        )


def drafted_policy(session: AdminSession, name: str) -> PolicyRow | None:
    """Return a policy that is only in the draft."""
    for one in session.draft.operations:
        if isinstance(one, NewPolicy) and one.name == name:
            return PolicyRow(one.name, one.kind, {**_DEFAULTS[one.kind], **one.terms})
    return None
