"""Making the opposite of an earlier change out of the rows that the audit kept of it.

It is made where the rows are still as that change left them and nothing that came later hangs on
them. Else the first later change in the way is named: whoever reverts that one first can go on.
"""

from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from tui_call.service.database.changing import INVITES, KeptRow
from tui_call.service.database.records import (
    BY_TABLE,
    STORED,
    AccountRecord,
    DeviceRecord,
    GrantRecord,
    GroupRecord,
    MembershipRecord,
    PolicyRecord,
    Record,
    SettingRecord,
    key_of,
    same,
)
from tui_call.service.database.rows import paced
from tui_call.service.operations import park_groups
from tui_call.service.operations.policies import set_ranks
from tui_call.service.operations.work import Work, refused
from tui_call.signaling.operations import (
    Kind,
    Revert,
)
from tui_call.signaling.vocabulary import MOST_DEVICES

# What refers to a record of a kind, and by which column.
_REFERENCES: dict[type[Record], tuple[tuple[type[Record], str], ...]] = {
    AccountRecord: (
        (SettingRecord, "account"),
        (DeviceRecord, "account"),
        (MembershipRecord, "account"),
        (GrantRecord, "subject"),
    ),
    GroupRecord: ((MembershipRecord, "group_id"), (GrantRecord, "subject")),
    PolicyRecord: ((GrantRecord, "policy_id"),),
}
_KINDS: tuple[Kind, ...] = ("encryption", "calling")


async def revert(work: Work, operation: Revert) -> None:
    """Make the opposite of an earlier change.

    Raises:
        ChangeRefused: there is none, it kept no rows, or a later one stands in the way.
    """
    if work.operations > 1:
        raise refused("A_REVERT_ALONE")
    kept = await work.open.rows_of(operation.change)
    if kept is None:
        raise refused("A_NO_CHANGE", n=operation.change)
    if not kept:
        raise refused("A_NOTHING_KEPT", n=operation.change)
    work.took_administrator = work.index
    await _Reverting(work, operation.change, kept).carry_out()


class _Reverting:
    """The opposite of one change."""

    def __init__(self, work: Work, change: int, kept: Sequence[KeptRow]) -> None:
        self._work = work
        self._rows = work.open.rows
        self._change = change
        self._records = [row for row in kept if row.table in BY_TABLE]
        self._invites = [row for row in kept if row.table == INVITES]

    async def carry_out(self) -> None:
        await self._fetch()
        async for row in paced(self._records):
            await self._put_back(row)
        async for row in paced(self._records):
            if row.before is None:
                await self._make_sure_nothing_refers(row)
            else:
                await self._make_sure_it_fits(row.before)
            await self._make_sure_policies_name_groups(row)
        for invite in self._invites:
            await self._withdraw(invite)
        for kind in _KINDS:
            await self._close_ranks(kind)
        gone = [row for row in self._records if row.after is None]
        if any(isinstance(row.before, AccountRecord) for row in gone):
            self._work.note("A_NOT_BACK")

    async def _fetch(self) -> None:
        """Read all that is looked at, in few statements."""
        wanted: defaultdict[tuple[type[Record], str], set[str]] = defaultdict(set)
        async for row in paced(self._records):
            record = row.before or row.after
            assert record is not None
            by = STORED[type(record)].got_by
            wanted[type(record), by].add(getattr(record, by))
            for kind, column in _REFERENCES.get(type(record), ()):
                wanted[kind, column].add(key_of(record)[0])
        for (kind, column), values in wanted.items():
            await self._rows.fetch(kind, column, values)

    async def _put_back(self, row: KeptRow) -> None:
        record = row.before or row.after
        assert record is not None
        current = await self._rows.get(type(record), *key_of(record))
        if not same(current, row.after):
            raise await self._in_the_way(row.table, row.key)
        if row.before is None:
            self._rows.remove(record)
        elif current is None:
            self._rows.put(row.before)
        else:
            moving = {name: getattr(current, name) for name in STORED[type(record)].moving}
            self._rows.put(replace(row.before, **moving))

    async def _make_sure_nothing_refers(self, row: KeptRow) -> None:
        removed = row.after
        assert removed is not None
        for kind, column in _REFERENCES.get(type(removed), ()):
            for reference in await self._rows.having(kind, column, key_of(removed)[0]):
                raise await self._in_the_way(*_place(reference))

    async def _make_sure_it_fits(self, record: Record) -> None:
        """Make sure that what a row refers to is there, and that its name or subject is free."""
        rows = self._rows
        for kind, key in _refers_to(record):
            if await rows.get(kind, key) is None:
                raise await self._in_the_way(STORED[kind].table.name, key)
        for rival in await self._rivals(record):
            if key_of(rival) != key_of(record):
                raise await self._in_the_way(*_place(rival))

    async def _make_sure_policies_name_groups(self, row: KeptRow) -> None:
        """Make sure that each policy still names a group that is there, or none."""
        match row.before, row.after:
            case PolicyRecord() as before, PolicyRecord() | None as after:
                await park_groups.make_sure_it_is_there(self._work, after, before)
            case _, GroupRecord(name=name) if not await self._rows.having(
                GroupRecord, "name", name
            ):
                for policy in await park_groups.policies_that_name(self._work, name):
                    raise await self._in_the_way(*_place(policy))
            case _:
                pass

    async def _rivals(self, record: Record) -> list[Record]:
        """Return those of which there can be only one, or only so many, beside the record."""
        rows = self._rows
        match record:
            case GroupRecord() | PolicyRecord():
                return list(await rows.having(type(record), "name", record.name))
            case GrantRecord():
                grants = await rows.having(GrantRecord, "subject", record.subject)
                of = (record.kind, record.to_kind)
                return [grant for grant in grants if (grant.kind, grant.to_kind) == of]
            case DeviceRecord(revoked=None):
                devices = await rows.having(DeviceRecord, "account", record.account)
                admitted = [device for device in devices if device.revoked is None]
                return list(admitted) if len(admitted) > MOST_DEVICES else []
            case _:
                return []

    async def _withdraw(self, invite: KeptRow) -> None:
        if invite.invite is None:
            self._work.note("A_NOT_BACK")
            return
        if not await self._work.open.withdraw_invite(self._change, invite.key):
            raise await self._in_the_way(INVITES, invite.key)
        self._work.withdrawn.append((invite.key, invite.invite))

    async def _close_ranks(self, kind: Kind) -> None:
        """Have ranks without gaps or doubles; at the same rank, what is put back comes first."""
        put_back = {
            key_of(row.before) for row in self._records if isinstance(row.before, GrantRecord)
        }
        found = await self._rows.having(GrantRecord, "to_kind", "group")
        ranked = sorted(
            (grant for grant in found if grant.kind == kind),
            key=lambda grant: (grant.rank, key_of(grant) not in put_back),
        )
        await set_ranks(self._work, kind, tuple(grant.subject for grant in ranked))

    async def _in_the_way(self, table: str, key: str) -> Exception:
        later = await self._work.open.later(self._change, table, key)
        if later is None:
            return refused("A_IN_THE_WAY", "unknown", n=self._change)
        return refused("A_IN_THE_WAY", n=self._change, later=later)


def _place(record: Record) -> tuple[str, str]:
    return STORED[type(record)].table.name, "/".join(key_of(record))


def _refers_to(record: Record) -> list[tuple[type[Record], str]]:
    match record:
        case SettingRecord() | DeviceRecord():
            return [(AccountRecord, record.account)]
        case MembershipRecord():
            return [(GroupRecord, record.group_id), (AccountRecord, record.account)]
        case GrantRecord(to_kind="user"):
            return [(PolicyRecord, record.policy_id), (AccountRecord, record.subject)]
        case GrantRecord(to_kind="group"):
            return [(PolicyRecord, record.policy_id), (GroupRecord, record.subject)]
        case GrantRecord():
            return [(PolicyRecord, record.policy_id)]
        case _:
            return []
