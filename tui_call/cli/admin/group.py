"""`tui-call admin group`: groups of people."""

import click

from tui_call.cli.admin.asking import AdminConversation, ask_service
from tui_call.cli.admin.changing import Plan, changing
from tui_call.cli.admin.showing import say, say_table
from tui_call.cli.session import json_option, say_json
from tui_call.sentences import paragraph_of
from tui_call.signaling.administration import (
    FindGroups,
    FindPeople,
)
from tui_call.signaling.administration_answers import (
    GroupsFound,
    PeopleFound,
)
from tui_call.signaling.administration_rows import GroupRow
from tui_call.signaling.operations import (
    AddMember,
    DropMember,
    NewGroup,
    RemoveGroup,
    RenameGroup,
)
from tui_call.tui.admin_words import NOTHING, grant_word, people_word

_NAME = click.argument("name", metavar="GROUP")
_MEMBERS = click.argument("accounts", metavar="USER…", nargs=-1, required=True)


@click.group(help=paragraph_of("H_ADMIN_GROUP"))
def group() -> None:
    """Groups."""


@group.command("list", help=paragraph_of("H_ADMIN_GROUP_LIST"))
@click.argument("text", default="")
@json_option
@click.pass_obj
def list_groups(profile: str, text: str, as_json: bool) -> None:
    """List groups."""

    async def work(conversation: AdminConversation) -> None:
        pages = conversation.pages(FindGroups(text=text), GroupsFound)
        found = [one async for page in pages for one in page.groups]
        if as_json:
            say_json({"groups": found})
            return
        say_table(("group", "people", "kept by", "granted"), list(map(_row, found)), "A_NO_GROUPS")

    ask_service(profile, work)


def _row(one: GroupRow) -> tuple[str, ...]:
    granted = ", ".join(f"{grant.policy} (rank {grant.rank})" for grant in one.grants)
    return (one.name, str(one.people), one.source or NOTHING, granted or NOTHING)


@group.command("show", help=paragraph_of("H_ADMIN_GROUP_SHOW"))
@_NAME
@json_option
@click.pass_obj
def show(profile: str, name: str, as_json: bool) -> None:
    """Show a group."""

    async def work(conversation: AdminConversation) -> None:
        members = conversation.pages(FindPeople(group=name), PeopleFound)
        people = [person async for page in members for person in page.people]
        pages = conversation.pages(FindGroups(text=name), GroupsFound)
        found = [one async for page in pages for one in page.groups if one.name == name]
        if as_json:
            say_json({"group": found[0] if found else None, "people": people})
            return
        for one in found:
            say(f"{one.name}: {people_word(one.people)}, kept by {one.source or NOTHING}")
            for grant in one.grants:
                say(f"granted {grant_word(grant)}")
        rows = [(person.account, person.name) for person in people]
        say_table(("address", "name"), rows, "A_NOBODY")

    ask_service(profile, work)


@group.command("new", help=paragraph_of("H_ADMIN_GROUP_NEW"))
@_NAME
@changing
def new(name: str) -> Plan:
    """Make a group."""
    return Plan((NewGroup(name=name),))


@group.command("add", help=paragraph_of("H_ADMIN_GROUP_ADD"))
@_NAME
@_MEMBERS
@changing
def add(name: str, accounts: tuple[str, ...]) -> Plan:
    """Put people in."""
    return Plan(tuple(AddMember(group=name, account=account) for account in accounts))


@group.command("drop", help=paragraph_of("H_ADMIN_GROUP_DROP"))
@_NAME
@_MEMBERS
@changing
def drop(name: str, accounts: tuple[str, ...]) -> Plan:
    """Take people out."""
    operations = tuple(DropMember(group=name, account=account) for account in accounts)
    return Plan(operations, destructive=True)


@group.command("rename", help=paragraph_of("H_ADMIN_GROUP_RENAME"))
@_NAME
@click.argument("to", metavar="NEW")
@changing
def rename(name: str, to: str) -> Plan:
    """Rename a group."""
    return Plan((RenameGroup(name=name, new=to),))


@group.command("remove", help=paragraph_of("H_ADMIN_GROUP_REMOVE"))
@_NAME
@changing
def remove(name: str) -> Plan:
    """Remove a group."""
    return Plan((RemoveGroup(name=name),), destructive=True)
