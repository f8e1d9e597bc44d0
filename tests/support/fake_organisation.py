"""An engine whose service answers an administrator from what a test says the organisation is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.support.fake_engine import DAY, NOW, FakeEngine, ready
from tui_call.control.actions import Action, Administer
from tui_call.control.lines import Result
from tui_call.control.views import Snapshot
from tui_call.signaling.administration import (
    PAGE,
    Change,
    Explain,
    FindChanges,
    FindDevices,
    FindGroups,
    FindPeople,
    FindPolicies,
    Request,
    ShowChange,
    ShowPerson,
    decode,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangeOutcome,
    ChangesFound,
    ChangeShown,
    ConcernedFound,
    DevicesFound,
    Explained,
    GroupsFound,
    NotDone,
    PeopleFound,
    PersonShown,
    PoliciesFound,
    Problem,
)
from tui_call.signaling.administration_rows import (
    Applied,
    CallExplained,
    ChangedRow,
    ChangeRow,
    ConcernedRow,
    DeviceRow,
    Effect,
    GrantRow,
    GroupRow,
    KindExplained,
    PersonRow,
    PolicyRow,
    RuleRow,
)
from tui_call.signaling.operations import (
    Operation,
    Row,
)
from tui_call.signaling.policies import Epoch

DISABLED = Applied("organisation", "organisation", value="disabled")
CHOICE = Applied("finance-e2ee", "group", "finance", 1, "user_choice")
ORGANISATION = GrantRow("organisation", "encryption", "organisation", people=655)
POLICIES = (
    PolicyRow(
        "finance-e2ee", "encryption",
        {"e2ee_calls": "user_choice", "require_compared": False, "min_client": "",
         "relay_only": False},
        (GrantRow("finance-e2ee", "encryption", "group", "finance", 1, 39),), 39,
    ),
    PolicyRow(
        "no-e2ee", "encryption", {"e2ee_calls": "disabled"},
        (GrantRow("no-e2ee", "encryption", "user", "auditor@acme", people=1),
         GrantRow("no-e2ee", "encryption", "user", "temp@acme", people=1),
         GrantRow("no-e2ee", "encryption", "group", "staff", 2, 116)), 118,
    ),
    PolicyRow("organisation", "encryption", {"e2ee_calls": "disabled"}, (ORGANISATION,), 655),
    PolicyRow("calls", "calling", {"captions": True, "recording": False, "keep_days": 0}),
)  # fmt: skip
PEOPLE = tuple(
    PersonRow(
        f"person{number:03}@acme", f"Person {number}", "member", groups=("staff",), devices=1,
        last_seen=int(NOW - number * 3600), client="0.1.0", e2ee_calls="disabled",
    )
    for number in range(250)
)  # fmt: skip
GROUPS = (
    GroupRow("finance", 41, grants=POLICIES[0].grants),
    GroupRow("staff", 118, "hr", grants=(POLICIES[1].grants[2],)),
)
DEVICES = (
    DeviceRow("ab" * 16, "person000@acme", "laptop", int(NOW - 9 * DAY), online=True),
    DeviceRow("cd" * 16, "person001@acme", "phone", int(NOW - 8 * DAY), int(NOW - DAY)),
)
CHANGES = (
    ChangeRow(
        14, int(NOW - 600), "ada@acme", "ab" * 16, "192.0.2.7", "policy.grant", "finance-e2ee",
        "granted finance-e2ee to group finance, rank 1", 2,
    ),
    ChangeRow(13, int(NOW - DAY), "", "", "", "person.add", "temp@acme", "", 1),
)  # fmt: skip


def administrator(role: Any = "admin", **fields: Any) -> Snapshot:
    """Return the state of Ada, who administers acme."""
    return ready(me=msgspec.structs.replace(ready().me, role=role), **fields)


def outcome(change: int = 0, **fields: Any) -> ChangeOutcome:
    """Return what a grant to finance does: 39 people get E2EE calls, 2 keep their own."""
    effects = tuple(
        Effect(f"person{number:03}@acme", "encryption", DISABLED, CHOICE) for number in range(39)
    )
    given: dict[str, Any] = {
        "epoch": Epoch(0, 7),
        "rows": (
            ChangedRow(
                "grant", "finance-e2ee", None,
                {"to": "group", "subject": "finance", "policy": "finance-e2ee", "rank": 1},
            ),
        ),
        "all_rows": 1,
        "effects": effects,
        "all_effects": len(effects),
    }  # fmt: skip
    return ChangeOutcome(change=change, **{**given, **fields})


def refused(why: Any, code: str, text: str) -> NotDone:
    """Return an answer that says no."""
    return NotDone(why=why, problems=(Problem(code, text),), all_problems=1, epoch=Epoch(0, 8))


CONCERNED = (ConcernedRow("person000@acme", "group", "finance", 1),)


@dataclass
class Organisation:
    """What the service knows.

    Attributes:
        changes: called with each change; a what-if asks for the outcome, too.
        asked: every request, in order.
    """

    policies: tuple[PolicyRow, ...] = POLICIES
    people: tuple[PersonRow, ...] = PEOPLE
    groups: tuple[GroupRow, ...] = GROUPS
    devices: tuple[DeviceRow, ...] = DEVICES
    audit: tuple[ChangeRow, ...] = CHANGES
    concerned: tuple[ConcernedRow, ...] = CONCERNED
    changes: Callable[[Change], Answer] = lambda change: outcome(0 if change.what_if else 15)
    asked: list[Request] = field(default_factory=list[Request])

    def answer(self, request: Request) -> Answer:
        """Answer as a service does."""
        self.asked.append(request)
        match request:
            case Change():
                return self.changes(request)
            case FindPolicies(text):
                found = tuple(row for row in self.policies if text in row.name)
                return PoliciesFound(policies=found, epoch=Epoch(0, 7), all=len(found))
            case FindPeople():
                return self._people(request)
            case FindGroups(text):
                groups = tuple(row for row in self.groups if text in row.name)
                return GroupsFound(groups=groups, all=len(groups))
            case FindDevices(account):
                devices = tuple(row for row in self.devices if account in row.account)
                return DevicesFound(devices=devices, all=len(devices))
            case FindChanges():
                return ChangesFound(changes=self.audit)
            case ShowPerson(account):
                return self._shown(account)
            case Explain(account, other):
                return _explained(account, other)
            case ShowChange(number):
                return self._change(number)
            case _:
                return ConcernedFound(people=self.concerned, all=39)

    @property
    def published(self) -> list[tuple[Operation, ...]]:
        """What was carried out, not only tried."""
        changes = [one for one in self.asked if isinstance(one, Change)]
        return [one.operations for one in changes if not one.what_if]

    def _people(self, request: FindPeople) -> PeopleFound:
        text = request.text.casefold()
        found = [row for row in self.people if text in f"{row.account} {row.name}".casefold()]
        page = [row for row in found if row.account > request.after][:PAGE]
        more = bool(page) and page[-1] is not found[-1]
        following = page[-1].account if more else ""
        return PeopleFound(people=tuple(page), next=following, all=len(found))

    def _shown(self, account: str) -> Answer:
        for row in self.people:
            if row.account == account:
                devices = tuple(one for one in self.devices if one.account == account)
                given = (GrantRow("no-e2ee", "encryption", "user", account),)
                return PersonShown(person=row, setting="on", devices=devices, grants=given)
        return refused("input", "A_UNKNOWN", f"There is no {account}.")

    def _change(self, number: int) -> ChangeShown:
        row = next(one for one in self.audit if one.change == number)
        before: Row = {"e2ee_calls": "disabled"}
        after: Row = {"e2ee_calls": "required", "relay_only": True}
        return ChangeShown(change=row, rows=(ChangedRow("policy", "no-e2ee", before, after),))


def _explained(account: str, other: str) -> Explained:
    rules = (
        RuleRow("user", 0, "", "", "none"),
        RuleRow("group", 1, "finance", "finance-e2ee", "applies"),
        RuleRow("organisation", 0, "", "organisation", "not_reached"),
    )
    kind = KindExplained("encryption", rules, CHOICE, {"e2ee_calls": "user_choice"})
    call = None
    if other:
        why = "organisation: disabled"
        call = CallExplained(other, False, "Y_OWN_POLICY", other, why)
    return Explained(
        account=account, kinds=(kind,), setting="on", client="0.0.9", client_too_old=True, call=call
    )


class AdministeredEngine(FakeEngine):
    """Passes what is asked of the service on to an organisation."""

    def __init__(self, snapshot: Snapshot, organisation: Organisation) -> None:
        super().__init__(snapshot)
        self.organisation = organisation

    async def command(self, action: Action) -> Result:
        """Answer as the organisation does, through the JSON that crosses the socket."""
        if isinstance(action, Administer) and type(action) not in self.refusals:
            answer = self.organisation.answer(decode(action.body))
            return {"body": msgspec.json.decode(msgspec.json.encode(answer))}
        return await super().command(action)
