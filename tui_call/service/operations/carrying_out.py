"""All operations of a change, one after another, each by its own rules."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from tui_call.permissions.terms import InvalidTerms
from tui_call.service.database.records import (
    AccountRecord,
    GrantRecord,
    GroupRecord,
    MembershipRecord,
    PolicyRecord,
    Record,
)
from tui_call.service.database.rows import PIECE, paced
from tui_call.service.operations import groups, people, policies, reverting
from tui_call.service.operations.work import ChangeRefused, Work
from tui_call.signaling import operations as asked
from tui_call.signaling.operations import Operation

_BY_KIND: dict[type[Any], Callable[[Work, Any], Awaitable[None]]] = {
    asked.AddPerson: people.add_person,
    asked.PutPerson: people.put_person,
    asked.TakeMissing: people.take_missing,
    asked.ChangeRole: people.change_role,
    asked.DisablePerson: people.disable_person,
    asked.EnablePerson: people.enable_person,
    asked.RemovePerson: people.remove_person,
    asked.InvitePerson: people.invite_person,
    asked.RevokeDevice: people.revoke_device,
    asked.NewGroup: groups.new_group,
    asked.RenameGroup: groups.rename_group,
    asked.RemoveGroup: groups.remove_group,
    asked.AddMember: groups.add_member,
    asked.DropMember: groups.drop_member,
    asked.NewPolicy: policies.new_policy,
    asked.SetPolicy: policies.set_policy,
    asked.RenamePolicy: policies.rename_policy,
    asked.RemovePolicy: policies.remove_policy,
    asked.GrantPolicy: policies.grant_policy,
    asked.TakeGrant: policies.take_grant,
    asked.Revert: reverting.revert,
}


async def carry_out_all(work: Work, operations: Sequence[Operation]) -> None:
    """Carry out operations on the rows of a transaction; what is wrong with each is told there."""
    await _fetch(work, operations)
    for work.index, operation in enumerate(operations):
        if work.index % PIECE == 0:
            await asyncio.sleep(0)
        try:
            await _BY_KIND[type(operation)](work, operation)
        except (ChangeRefused, InvalidTerms) as fault:
            work.problems.add(fault.sentence, work.index)


async def _fetch(work: Work, operations: Iterable[Operation]) -> None:
    """Read what the operations name in few statements, however many operations there are."""
    wanted: defaultdict[tuple[type[Record], str], set[str]] = defaultdict(set)
    async for operation in paced(operations):
        for name in _people(operation):
            account = name if "@" in name else f"{name}@{work.organisation}"
            wanted[AccountRecord, "id"].add(account)
            if isinstance(operation, asked.PutPerson | asked.AddMember | asked.DropMember):
                wanted[MembershipRecord, "account"].add(account)
            if isinstance(operation, asked.GrantPolicy | asked.TakeGrant):
                wanted[GrantRecord, "subject"].add(account)
        if isinstance(operation, asked.AddPerson | asked.PutPerson):
            wanted[GroupRecord, "name"].update(operation.groups or ())
        if isinstance(operation, asked.GrantPolicy):
            wanted[PolicyRecord, "name"].add(operation.policy)
    for (kind, column), values in wanted.items():
        await work.open.rows.fetch(kind, column, values)


def _people(operation: Operation) -> tuple[str, ...]:
    match operation:
        case asked.AddPerson() | asked.PutPerson():
            return (operation.address,)
        case asked.GrantPolicy(to="user") | asked.TakeGrant(to="user"):
            return (operation.subject,)
        case (
            asked.ChangeRole()
            | asked.DisablePerson()
            | asked.EnablePerson()
            | asked.RemovePerson()
            | asked.InvitePerson()
            | asked.AddMember()
            | asked.DropMember()
        ):
            return (operation.account,)
        case _:
            return ()
