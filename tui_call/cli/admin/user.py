"""`tui-call admin user`: people of the organisation."""

from pathlib import Path
from typing import get_args

import click

from tui_call.cli.admin import people_file
from tui_call.cli.admin.asking import AdminConversation, ask_service
from tui_call.cli.admin.changing import Plan, Planning, changing
from tui_call.cli.admin.links import refuse_present
from tui_call.cli.admin.outcome import usage
from tui_call.cli.admin.showing import moment, say, say_columns, say_table
from tui_call.cli.session import json_option, say_json
from tui_call.sentences import paragraph_of
from tui_call.signaling.administration import (
    MOST_LINKS,
    FindPeople,
    ShowPerson,
)
from tui_call.signaling.administration_answers import (
    PeopleFound,
    PersonShown,
)
from tui_call.signaling.administration_rows import PersonRow
from tui_call.signaling.operations import (
    AddPerson,
    ChangeRole,
    DisablePerson,
    EnablePerson,
    InvitePerson,
    RemovePerson,
    TakeMissing,
)
from tui_call.signaling.vocabulary import Role
from tui_call.tui.admin_words import NOTHING, device_label, device_state, grant_word

_ROLES = click.Choice(get_args(Role))
_ACCOUNTS = click.argument("accounts", metavar="USER…", nargs=-1, required=True)


@click.group(help=paragraph_of("H_ADMIN_USER"))
def user() -> None:
    """People."""


@user.command("list", help=paragraph_of("H_ADMIN_USER_LIST"))
@click.argument("text", default="")
@click.option("--group", default="", help="Only people of this group.")
@json_option
@click.pass_obj
def list_people(profile: str, text: str, group: str, as_json: bool) -> None:
    """List people."""

    async def work(conversation: AdminConversation) -> None:
        found = await people(conversation, text, group)
        if as_json:
            say_json({"people": found})
            return
        head = ("address", "name", "role", "groups", "devices", "seen", "client", "E2EE calls")
        say_table(head, [_row(person) for person in found], "A_NOBODY")

    ask_service(profile, work)


async def people(
    conversation: AdminConversation, text: str = "", group: str = ""
) -> list[PersonRow]:
    """Return everybody whose name or address holds a text, or who is in a group."""
    pages = conversation.pages(FindPeople(text=text, group=group), PeopleFound)
    return [person async for page in pages for person in page.people]


def _row(person: PersonRow) -> tuple[str, ...]:
    role = f"{person.role}, disabled" if person.disabled else person.role
    return (
        person.account,
        person.name,
        role,
        ", ".join(person.groups) or NOTHING,
        str(person.devices),
        moment(person.last_seen),
        person.client or NOTHING,
        person.e2ee_calls,
    )


@user.command("show", help=paragraph_of("H_ADMIN_USER_SHOW"))
@click.argument("account", metavar="USER")
@json_option
@click.pass_obj
def show(profile: str, account: str, as_json: bool) -> None:
    """Show a person."""

    async def work(conversation: AdminConversation) -> None:
        shown = await conversation.ask(ShowPerson(account=account), PersonShown)
        if as_json:
            say_json(shown)
            return
        person = shown.person
        say(f"{person.account}  {person.name}")
        facts = [
            ("role", f"{person.role}, disabled" if person.disabled else person.role),
            ("groups", ", ".join(person.groups) or NOTHING),
            ("kept by", person.source or NOTHING),
            ("external id", person.external_id or NOTHING),
            ("seen", moment(person.last_seen)),
            ("client", person.client or NOTHING),
            ("E2EE calls", f"{person.e2ee_calls} (setting: {shown.setting})"),
            *(("granted", grant_word(grant)) for grant in shown.grants),
            *((device_label(one.device, ""), f"{one.name} ({device_state(one)})")
              for one in shown.devices),
        ]  # fmt: skip
        say_columns([("", *fact) for fact in facts])

    ask_service(profile, work)


@user.command("add", help=paragraph_of("H_ADMIN_USER_ADD"))
@click.argument("address")
@click.option("--name", default="", help="As others see it.")
@click.option("--role", type=_ROLES, default="member", help="What the person may do here.")
@click.option("--group", "groups", multiple=True, help="A group to be in; several are possible.")
@changing
def add(address: str, name: str, role: Role, groups: tuple[str, ...]) -> Plan:
    """Add somebody."""
    return Plan((AddPerson(address=address, name=name, role=role, groups=groups),))


@user.command("invite", help=paragraph_of("H_ADMIN_USER_INVITE"))
@click.argument("accounts", metavar="[USER]…", nargs=-1)
@click.option("--group", default="", help="Everybody of this group who has no device.")
@click.option("--output", type=click.Path(path_type=Path), help="A new file for the links (CSV).")
@changing
def invite(accounts: tuple[str, ...], group: str, output: Path | None) -> Planning:
    """Make links."""
    if bool(accounts) == bool(group):
        raise usage("A_USAGE", "invite")
    if output is not None:
        refuse_present(output)

    async def planning(conversation: AdminConversation) -> Plan:
        known = await people(conversation, group=group) if group else []
        meant = accounts or tuple(person.account for person in known if not person.devices)
        operations = tuple(InvitePerson(account=account) for account in meant)
        return Plan(operations, at_once=MOST_LINKS, links_to=output)

    return planning


@user.command("role", help=paragraph_of("H_ADMIN_USER_ROLE"))
@click.argument("account", metavar="USER")
@click.argument("role", type=_ROLES)
@changing
def change_role(account: str, role: Role) -> Plan:
    """Give a role."""
    return Plan((ChangeRole(account=account, role=role),))


@user.command("disable", help=paragraph_of("H_ADMIN_USER_DISABLE"))
@_ACCOUNTS
@click.option("--removals", type=int, help="How many people, where that is more than 20.")
@changing
def disable(accounts: tuple[str, ...], removals: int | None) -> Plan:
    """Keep people out."""
    operations = tuple(DisablePerson(account=account) for account in accounts)
    return Plan(operations, destructive=True, removals=removals)


@user.command("enable", help=paragraph_of("H_ADMIN_USER_ENABLE"))
@_ACCOUNTS
@changing
def enable(accounts: tuple[str, ...]) -> Plan:
    """Let people in again."""
    return Plan(tuple(EnablePerson(account=account) for account in accounts))


@user.command("remove", help=paragraph_of("H_ADMIN_USER_REMOVE"))
@_ACCOUNTS
@click.option("--removals", type=int, help="How many people, where that is more than 20.")
@changing
def remove(accounts: tuple[str, ...], removals: int | None) -> Plan:
    """Remove people."""
    operations = tuple(RemovePerson(account=account) for account in accounts)
    return Plan(operations, destructive=True, removals=removals)


@user.command("import", help=paragraph_of("H_ADMIN_USER_IMPORT"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", default="", help="The feed that the file is, which owns its rows.")
@click.option(
    "--missing",
    type=click.Choice(["keep", "disable", "remove"]),
    default="keep",
    help="What becomes of the feed's people who are not in the file.",
)
@click.option("--removals", type=int, help="How many people, where that is more than 20.")
@changing
def import_people(file: Path, source: str, missing: str, removals: int | None) -> Plan:
    """Read a file of people."""
    if missing != "keep" and not source:
        raise usage("A_USAGE", "missing")
    read = people_file.read(file, source)
    operations = read.people
    if missing == "disable" or missing == "remove":
        operations = (*operations, TakeMissing(source=source, then=missing))
    return Plan(
        operations,
        destructive=missing != "keep",
        removals=removals,
        lines=read.lines,
        counted=True,
    )


@user.command("export", help=paragraph_of("H_ADMIN_USER_EXPORT"))
@click.option("--group", default="", help="Only people of this group.")
@click.pass_obj
def export(profile: str, group: str) -> None:
    """Print people as CSV."""

    async def work(conversation: AdminConversation) -> None:
        click.echo(people_file.written(await people(conversation, group=group)), nl=False)

    ask_service(profile, work)
