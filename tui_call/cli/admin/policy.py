"""`tui-call admin policy`: policies, to whom they are granted, and why one applies."""

import difflib
from pathlib import Path
from typing import Any, get_args

import click

from tui_call.cli.admin.asking import AdminConversation, ask_service
from tui_call.cli.admin.changing import Plan, Planning, changing
from tui_call.cli.admin.explaining import say_explained
from tui_call.cli.admin.known_policies import read_policies
from tui_call.cli.admin.outcome import input_refused, usage
from tui_call.cli.admin.people_file import read_addresses
from tui_call.cli.admin.policy_file import PolicyFile, read, with_whole_addresses, written
from tui_call.cli.admin.policy_plan import planned
from tui_call.cli.admin.showing import say, say_columns, say_table
from tui_call.cli.admin.terms import as_flags, given_terms, old_options, term_options
from tui_call.cli.session import json_option, say_json
from tui_call.permissions.terms import kind_of
from tui_call.sentences import paragraph_of
from tui_call.signaling.administration import (
    Explain,
    FindConcerned,
)
from tui_call.signaling.administration_answers import (
    ConcernedFound,
    Explained,
)
from tui_call.signaling.administration_rows import PolicyRow
from tui_call.signaling.operations import (
    GrantPolicy,
    Kind,
    NewPolicy,
    RemovePolicy,
    RenamePolicy,
    SetPolicy,
    TakeGrant,
)
from tui_call.signaling.policies import GrantedTo
from tui_call.tui.admin_words import NOTHING, grant_word, people_word, subject_word, term_word

ORGANISATION = "organisation"
"""The policy that old flags are about: the one that applies where nothing else does."""
_NOBODY = "-"
_NAME = click.argument("name", metavar="POLICY")
_KIND = click.Choice(get_args(Kind))


@click.group(help=paragraph_of("H_ADMIN_POLICY"), invoke_without_command=True)
@old_options
@click.pass_context
def policy(context: click.Context, **old: Any) -> None:
    """Policies."""
    if terms := {name: value for name, value in old.items() if value is not None}:
        raise usage("A_OLD_FORM", policy=ORGANISATION, flags=as_flags(terms))
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@policy.command("list", help=paragraph_of("H_ADMIN_POLICY_LIST"))
@json_option
@click.pass_obj
def list_policies(profile: str, as_json: bool) -> None:
    """List policies."""

    async def work(conversation: AdminConversation) -> None:
        known = await read_policies(conversation)
        if as_json:
            say_json({"policies": known.rows, "epoch": known.epoch})
            return
        rows = [
            (one.name, one.kind, term_word(one.terms.get("e2ee_calls")), str(one.people), _to(one))
            for one in known.rows
        ]
        head = ("policy", "kind", "E2EE calls", "people", "granted to")
        say_table(head, rows, "A_NO_POLICIES")

    ask_service(profile, work)


def _to(one: PolicyRow) -> str:
    words = (subject_word(grant.to, grant.subject, grant.rank) for grant in one.grants)
    return "; ".join(words) or NOTHING


@policy.command("show", help=paragraph_of("H_ADMIN_POLICY_SHOW"))
@_NAME
@json_option
@click.pass_obj
def show(profile: str, name: str, as_json: bool) -> None:
    """Show a policy."""

    async def work(conversation: AdminConversation) -> None:
        known = await read_policies(conversation)
        names = [one.name for one in known.rows]
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0)
            raise input_refused("A_NO_POLICY", "near", who=name, near=", ".join(near))
        shown = known.rows[names.index(name)]
        if as_json:
            say_json(shown)
            return
        say(f"policy {shown.name} ({shown.kind}): {people_word(shown.people)}")
        say_columns([("", term, term_word(value)) for term, value in shown.terms.items()])
        for grant in shown.grants:
            say(f"granted {grant_word(grant)}")

    ask_service(profile, work)


@policy.command("new", help=paragraph_of("H_ADMIN_POLICY_NEW"))
@_NAME
@term_options
@changing
def new(name: str, **options: Any) -> Plan:
    """Make a policy."""
    terms = given_terms(options)
    return Plan((NewPolicy(name=name, kind=kind_of(terms).value, terms=terms),))


@policy.command("set", help=paragraph_of("H_ADMIN_POLICY_SET"))
@_NAME
@term_options
@changing
def change(name: str, **options: Any) -> Plan:
    """Change a policy."""
    terms = given_terms(options)
    kind_of(terms)
    return Plan((SetPolicy(name=name, terms=terms),))


@policy.command("rename", help=paragraph_of("H_ADMIN_POLICY_RENAME"))
@_NAME
@click.argument("to", metavar="NEW")
@changing
def rename(name: str, to: str) -> Plan:
    """Rename a policy."""
    return Plan((RenamePolicy(name=name, new=to),))


@policy.command("remove", help=paragraph_of("H_ADMIN_POLICY_REMOVE"))
@_NAME
@changing
def remove(name: str) -> Plan:
    """Remove a policy."""
    return Plan((RemovePolicy(name=name),), destructive=True)


@policy.command("grant", help=paragraph_of("H_ADMIN_POLICY_GRANT"))
@_NAME
@click.option("--user", "accounts", multiple=True, help="To this person; several are possible.")
@click.option(
    "--users",
    "file",
    type=click.Path(path_type=Path),
    help="To the people of a file, an address a line.",
)
@click.option("--group", default="", help="To this group.")
@click.option("--rank", type=int, help="Of the group's grant; 1 is highest, last without it.")
@click.option("--org", "everybody", is_flag=True, help="To the organisation.")
@click.option("--kind", type=_KIND, help="With POLICY -: which of two grants is taken away.")
@changing
def grant(
    name: str,
    accounts: tuple[str, ...],
    file: Path | None,
    group: str,
    rank: int | None,
    everybody: bool,
    kind: Kind | None,
) -> Plan:
    """Grant a policy, or take a grant away."""
    taken = name == _NOBODY
    if sum((bool(accounts or file), bool(group), everybody)) != 1:
        raise usage("A_USAGE", "to whom")
    if (rank is not None and (not group or taken)) or (kind and not taken):
        raise usage("A_USAGE", "rank")
    people = (*accounts, *(read_addresses(file) if file else ()))
    to: GrantedTo = "user" if people else "group" if group else "organisation"
    subjects = people or (group,)
    if taken:
        takes = tuple(TakeGrant(to=to, subject=one, kind=kind or "") for one in subjects)
        return Plan(takes, destructive=True)
    return Plan(tuple(GrantPolicy(policy=name, to=to, subject=one, rank=rank) for one in subjects))


@policy.command("who", help=paragraph_of("H_ADMIN_POLICY_WHO"))
@_NAME
@json_option
@click.pass_obj
def who(profile: str, name: str, as_json: bool) -> None:
    """List the people to whom a policy applies."""

    async def work(conversation: AdminConversation) -> None:
        pages = conversation.pages(FindConcerned(policy=name), ConcernedFound)
        people = [person async for page in pages for person in page.people]
        if as_json:
            say_json({"people": people})
            return
        rows = [
            (one.account, NOTHING if one.source == "user"
             else subject_word(one.source, one.group, one.rank))
            for one in people
        ]  # fmt: skip
        say_table(("address", "through"), rows, "A_FOR_NOBODY")

    ask_service(profile, work)


@policy.command("explain", help=paragraph_of("H_ADMIN_POLICY_EXPLAIN"))
@click.argument("account", metavar="USER")
@click.option("--call", "other", default="", help="What a call to this person would be.")
@click.option("--kind", type=_KIND, default="encryption", help="Of which kind of policy.")
@json_option
@click.pass_obj
def explain(profile: str, account: str, other: str, kind: Kind, as_json: bool) -> None:
    """Explain which policy applies."""

    async def work(conversation: AdminConversation) -> None:
        explained = await conversation.ask(Explain(account=account, other=other), Explained)
        if as_json:
            say_json(explained)
        else:
            say_explained(explained, kind)

    ask_service(profile, work)


@policy.command("export", help=paragraph_of("H_ADMIN_POLICY_EXPORT"))
@click.pass_obj
def export(profile: str) -> None:
    """Print all policies and grants as TOML."""

    async def work(conversation: AdminConversation) -> None:
        click.echo(written((await read_policies(conversation)).rows), nl=False)

    ask_service(profile, work)


@policy.command("apply", help=paragraph_of("H_ADMIN_POLICY_APPLY"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--prune", is_flag=True, help="Remove what the file does not name.")
@changing
def apply(file: Path, prune: bool) -> Planning:
    """Make policies and grants as a file says."""
    wanted: PolicyFile = read(file)

    async def planning(conversation: AdminConversation) -> Plan:
        known = await read_policies(conversation)
        whole = with_whole_addresses(wanted, conversation.organisation)
        operations = planned(whole, known, prune=prune)
        return Plan(operations, destructive=prune, checks=wanted.checks, epoch=known.epoch)

    return planning
