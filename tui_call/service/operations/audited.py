"""What the audit says of a change in a word and a line; its rows say the rest."""

from collections.abc import Sequence
from typing import Any

from tui_call.signaling import operations as asked
from tui_call.signaling.operations import (
    Operation,
    Terms,
)

SEVERAL = "change"

_ACTIONS: dict[type[Any], str] = {
    asked.AddPerson: "account.add",
    asked.PutPerson: "account.put",
    asked.TakeMissing: "account.take_missing",
    asked.ChangeRole: "account.role",
    asked.DisablePerson: "account.disable",
    asked.EnablePerson: "account.enable",
    asked.RemovePerson: "account.remove",
    asked.InvitePerson: "invite.add",
    asked.RevokeDevice: "device.revoke",
    asked.NewGroup: "group.add",
    asked.RenameGroup: "group.rename",
    asked.RemoveGroup: "group.remove",
    asked.AddMember: "member.add",
    asked.DropMember: "member.drop",
    asked.NewPolicy: "policy.add",
    asked.SetPolicy: "policy.change",
    asked.RenamePolicy: "policy.rename",
    asked.RemovePolicy: "policy.remove",
    asked.GrantPolicy: "policy.grant",
    asked.TakeGrant: "grant.take",
    asked.Revert: "revert",
}


def action_of(operations: Sequence[Operation]) -> str:
    """Return what a change did: the name of its one kind of operation, or "change"."""
    kinds = {type(operation) for operation in operations}
    return _ACTIONS[kinds.pop()] if len(kinds) == 1 else SEVERAL


def detail_of(operations: Sequence[Operation]) -> str:
    """Return more of a change of one operation, else how many it has."""
    if len(operations) != 1:
        return f"{len(operations)} operations"
    match operations[0]:
        case asked.SetPolicy(terms=terms) | asked.NewPolicy(terms=terms):
            return _terms(terms)
        case asked.GrantPolicy() as grant:
            rank = "" if grant.rank is None else f", rank {grant.rank}"
            return f"{grant.policy} to {grant.to} {grant.subject}".rstrip() + rank
        case asked.RenameGroup() | asked.RenamePolicy() as rename:
            return rename.new
        case asked.ChangeRole(role=role):
            return role
        case asked.Revert(change=change):
            return f"of change {change}"
        case asked.TakeMissing() as missing:
            return f"{missing.then} people of {missing.source}"
        case _:
            return ""


def _terms(terms: Terms) -> str:
    named = (
        str(value) if name == "e2ee_calls" else f"{name}={value}" for name, value in terms.items()
    )
    return ", ".join(named)
