"""Changes of the organisation: operations carried out as a whole or not at all, told and audited.

What-if is the same transaction, undone at its end: it finds the same problems, writes the same rows
and tells the same outcome.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tui_call.permissions.book import Book
from tui_call.sentences import sentence
from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.changing import ChangeStore, OpenChange
from tui_call.service.database.records import (
    AccountRecord,
    DeviceRecord,
    GrantRecord,
    GroupRecord,
    PolicyRecord,
)
from tui_call.service.database.rows import ChangedRecord, paced
from tui_call.service.enrolment import Enrolment
from tui_call.service.faults import DatabaseUnusable
from tui_call.service.operations import checks, effects
from tui_call.service.operations.audited import action_of, detail_of
from tui_call.service.operations.carrying_out import carry_out_all
from tui_call.service.operations.showing import named_by_id, shown_row
from tui_call.service.operations.work import Problems, Work
from tui_call.signaling.administration import Change
from tui_call.signaling.administration_answers import NotDone
from tui_call.signaling.administration_rows import (
    ChangedRow,
    Effect,
    IssuedLink,
    KeptOwn,
)
from tui_call.signaling.operations import (
    InvitePerson,
    Operation,
)
from tui_call.signaling.policies import Epoch

MOST_UNSAID_REMOVALS = 20
"""People that a change may disable or remove without saying how many."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: account ("" for the service itself), device and network address."""

    account: str
    device: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class WholeOutcome:
    """What a change did, or would do; see `ChangeOutcome` for the parts of the same name.

    Attributes:
        records: the rows as they are stored, before and after.
        book: policies as they are afterwards.
    """

    change: int
    epoch: Epoch
    book: Book
    records: Sequence[ChangedRecord] = ()
    rows: Sequence[ChangedRow] = ()
    effects: Sequence[Effect] = ()
    kept: Sequence[KeptOwn] = ()
    links: Sequence[IssuedLink] = ()
    notes: Sequence[str] = ()

    @property
    def moved_down(self) -> int:
        """How many grants have a lower rank than before."""
        pairs = ((one.before, one.after) for one in self.records)
        return sum(
            isinstance(before, GrantRecord)
            and isinstance(after, GrantRecord)
            and 0 < before.rank < after.rank
            for before, after in pairs
        )


Follow = Callable[[WholeOutcome], Awaitable[None]]


class _Undone(Exception):
    """Ends a transaction without a trace, and carries what came of it."""

    def __init__(self, result: "WholeOutcome | NotDone") -> None:
        super().__init__()
        self.result = result


@dataclass
class OrganisationChanges:
    """Carries out changes, one after another.

    Attributes:
        store: where.
        organisation: part of each address behind the @.
        enrolment: makes links for people.
        wall_clock: Unix seconds.
    """

    store: ChangeStore
    organisation: str
    enrolment: Enrolment
    wall_clock: Callable[[], float]
    _after_each: list[Follow] = field(default_factory=list[Follow])
    _book: tuple[Epoch, Book] | None = None

    def after_each(self, follow: Follow) -> None:
        """Let something be done whenever a change was made, before its actor hears of it."""
        self._after_each.append(follow)

    async def carry_out(
        self, actor: Actor, change: Change, drafted: Sequence[Operation] = ()
    ) -> WholeOutcome | NotDone:
        """Carry out a change, or tell what it would do.

        Args:
            actor: who wants it; anybody but the service itself has to be an administrator.
            change: what is wanted.
            drafted: operations that come before those of the change.

        Raises:
            PortUnavailable: for an invite the service has to listen to others, and cannot.
        """
        operations = [*drafted, *change.operations]
        if not change.what_if and any(isinstance(one, InvitePerson) for one in operations):
            self.enrolment.open_to_others()

        async def work(opened: OpenChange) -> WholeOutcome:
            return await self._carry_out(opened, actor, change, operations)

        try:
            outcome = await self.store.carry_out(work)
        except _Undone as undone:
            return undone.result
        except DatabaseUnusable:
            return not_done("unavailable", "A_NO_STORE")
        self._book = (outcome.epoch, outcome.book)
        for follow in self._after_each:
            await follow(outcome)
        return outcome

    async def _carry_out(
        self, opened: OpenChange, actor: Actor, change: Change, operations: Sequence[Operation]
    ) -> WholeOutcome:
        await _admit(opened, actor, change)
        book = await self._book_before(opened)
        now = int(self.wall_clock())
        work = Work(opened, self.organisation, now, self.enrolment.prepare, len(operations))
        await carry_out_all(work, operations)
        changed = await opened.rows.changed()
        await _keep_an_administrator(work, changed)
        await _count_removals(work, changed, change.removals)
        _refuse_if_wrong(work)
        number = await _write(work, actor, operations, changed)
        after = await opened.book() if effects.concerns_policies(changed) else book
        await checks.check(work, after, change.checks)
        _refuse_if_wrong(work)
        outcome = await _outcome(work, number, changed, book, after)
        if change.what_if or not number:
            raise _Undone(replace(outcome, change=0, epoch=opened.epoch_before, links=()))
        return outcome

    async def _book_before(self, opened: OpenChange) -> Book:
        if self._book is None or self._book[0] != opened.epoch_before:
            self._book = (opened.epoch_before, await opened.book())
        return self._book[1]


def not_done(
    why: Literal["input", "not_allowed", "stale", "unavailable"],
    code: str,
    epoch: Epoch | None = None,
    /,
    **fields: object,
) -> NotDone:
    """Return the answer that nothing was done, for one reason."""
    problems = Problems()
    problems.add(sentence(code, **fields))
    return NotDone(why=why, problems=tuple(problems.told), all_problems=1, epoch=epoch)


async def _admit(opened: OpenChange, actor: Actor, change: Change) -> None:
    """Refuse who is no administrator now, and who planned on another state of the store."""
    if actor.account:
        person = await opened.rows.get(AccountRecord, actor.account)
        if person is None or not person.administers:
            raise _Undone(not_done("not_allowed", "A_READER"))
        # It may have been revoked while the change waited for its turn.
        device = await opened.rows.get(DeviceRecord, actor.device)
        if device is not None and device.revoked is not None:
            raise _Undone(not_done("not_allowed", "A_READER"))
    epoch = opened.epoch_before
    if change.expected_epoch not in (None, epoch):
        who = (await opened.latest_actor()).partition("@")[0] or "the service"
        raise _Undone(not_done("stale", "A_STALE", epoch, who=who))


async def _keep_an_administrator(work: Work, changed: Sequence[ChangedRecord]) -> None:
    taken = [
        one.before.id
        async for one in paced(changed)
        if isinstance(one.before, AccountRecord)
        and one.before.administers
        and not (isinstance(one.after, AccountRecord) and one.after.administers)
    ]
    if not taken:
        return
    administrators = await work.open.rows.having(AccountRecord, "role", "admin")
    if not any(person.administers for person in administrators):
        words = sentence("A_LAST_ADMIN", who=taken[-1])
        work.problems.add(words, work.took_administrator)


async def _count_removals(work: Work, changed: Sequence[ChangedRecord], said: int | None) -> None:
    count = 0
    async for one in paced(changed):
        count += takes_away(one)
    if count > MOST_UNSAID_REMOVALS and said != count:
        work.problems.add(sentence("A_REMOVALS", n=count))


def takes_away(changed: ChangedRecord) -> bool:
    """Tell whether somebody is removed, or disabled, who was not."""
    before, after = changed.before, changed.after
    if not isinstance(before, AccountRecord) or before.disabled is not None:
        return isinstance(before, AccountRecord) and after is None
    return not (isinstance(after, AccountRecord) and after.disabled is None)


def _refuse_if_wrong(work: Work) -> None:
    problems = work.problems
    if problems.all:
        raise _Undone(
            NotDone(
                why="input",
                problems=tuple(problems.told),
                all_problems=problems.all,
                epoch=work.open.epoch_before,
            )
        )


async def _write(
    work: Work, actor: Actor, operations: Sequence[Operation], changed: Sequence[ChangedRecord]
) -> int:
    """Write what is changed and its audit; return the number of the change, 0 for none."""
    if not changed and not work.invites and not work.withdrawn:
        return 0
    first = changed[0] if changed else None
    names = await _names(work, changed[:1])
    shown = shown_row(first.before, first.after, names) if first else None
    entry = AuditEntry(
        actor.account,
        action_of(operations),
        shown.key if shown else _invited(work)[0],
        detail_of(operations),
        actor.device,
        actor.address,
    )
    new = [invite for invite, _ in work.invites]
    return await work.open.write(changed, new, work.withdrawn, entry, work.now)


def _invited(work: Work) -> list[str]:
    return [invite.account for invite, _ in work.invites] + [who for who, _ in work.withdrawn]


async def _outcome(
    work: Work, number: int, changed: Sequence[ChangedRecord], before: Book, after: Book
) -> WholeOutcome:
    names = await _names(work, changed)
    rows = [shown_row(one.before, one.after, names) async for one in paced(changed)]
    rows += [
        ChangedRow("invite", invite.account, None, invite.shown(work.now))
        for invite, _ in work.invites
    ]
    rows += [ChangedRow("invite", account, invite, None) for account, invite in work.withdrawn]
    same = after is before
    own = await work.open.own_accounts() if work.granted or not same else frozenset[str]()
    people = [] if same else await _compared(work, changed, own)
    kept = await effects.kept(after, work.granted)
    return WholeOutcome(
        number,
        work.open.epoch,
        after,
        changed,
        rows,
        await effects.effects(before, after, people),
        [one for one in kept if one.account not in own],
        [
            IssuedLink(invite.account, prepared.link, prepared.expires)
            for invite, prepared in work.invites
        ],
        work.notes,
    )


async def _compared(work: Work, changed: Sequence[ChangedRecord], own: frozenset[str]) -> list[str]:
    """Return the people whose policies can be others than before; accounts of its own are none."""
    no_people = await effects.came_or_went(changed) | own
    people = await effects.members_concerned(changed)
    if people is None:
        people = await work.open.addresses()
    return [account for account in people if account not in no_people]


async def _names(work: Work, changed: Sequence[ChangedRecord]) -> dict[str, str]:
    names: dict[str, str] = {}
    async for one in paced(changed):
        for kind, key in named_by_id(one.before, one.after):
            if key not in names:
                await work.open.rows.get(kind, key)
                found = work.open.rows.ever(kind, key)
                assert isinstance(found, GroupRecord | PolicyRecord)
                names[key] = found.name
    return names
