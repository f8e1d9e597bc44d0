"""Inviting somebody, and joining by an invite."""

from datetime import UTC, datetime
from functools import partial

import click

from tui_call.cli.protection import keep_key, protection_option
from tui_call.cli.session import (
    be_online,
    clean_name,
    print_qr,
    run,
    say,
    say_whether_opened,
    wait_until,
)
from tui_call.control.actions import ChangeName, CreateInvite, Join, ListDevices, Protection, SetUp
from tui_call.control.client import EngineClient
from tui_call.sentences import paragraph_of, text_of
from tui_call.signaling.device_link import is_device_link, parse_device_link
from tui_call.signaling.invite import parse_invite


@click.command(help=paragraph_of("H_INVITE"))
@click.option("--no-qr", is_flag=True, help="Print only the link.")
@click.pass_obj
def invite(profile: str, no_qr: bool) -> None:
    """Print a link (and its QR code) with which a friend joins your service, once."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        told = client.snapshot.notices
        result = await client.command(CreateInvite())
        link = str(result["link"])
        expires = datetime.fromtimestamp(float(result["expires"]), UTC).astimezone()
        if not no_qr:
            print_qr(link)
        click.echo(link)
        say(text_of("V_INVITE", until=f"{expires:%Y-%m-%d %H:%M}"))
        say_whether_opened(client, told)

    run(profile, work)


@click.command(help=paragraph_of("H_JOIN"))
@click.argument("link", required=False)
@click.option("--name", help="Your name, as others see it.")
@click.option(
    "--e2ee/--no-e2ee", default=None,
    help="Turn your E2EE calls on or off; without it a new person's are on, others' as before.",
)  # fmt: skip
@protection_option
@click.option("--device-name", default="", help="How your other devices see this one.")
@click.pass_obj
def join(
    profile: str,
    link: str | None,
    name: str | None,
    e2ee: bool | None,
    protection: Protection,
    device_name: str,
) -> None:
    """Join by a LINK: a friend's invite, or the link that your first device made for this one.

    Without LINK it is asked for, so that no list of processes shows it.
    """
    link = (link or click.prompt(text_of("V_ASK_LINK"), hide_input=True)).strip()
    of_device = is_device_link(link)
    if of_device:
        parse_device_link(link)
    else:
        parse_invite(link)

    async def work(client: EngineClient) -> None:
        person = ""
        if client.snapshot.me.state == "new":
            if not of_device:
                person = clean_name(name or click.prompt(text_of("V_ASK_NAME")))
            made = partial(SetUp, person, e2ee is not False, link, device=device_name)
            await keep_key(client, made, protection)
        else:
            await client.command(Join(link, e2ee))
        await wait_until(client, lambda at: at.snapshot.service.state == "online", 15)
        if of_device:
            await client.command(ListDevices())
        me = client.snapshot.me
        if of_device:
            own = next((view.name for view in me.devices if view.here), "")
            say(paragraph_of("V_JOINED_AS", device=own, address=me.account))
        else:
            say(paragraph_of("V_JOINED", address=me.account, org=me.organisation_name))
            if person and person.casefold() != me.name.casefold():
                say(text_of("V_JOINED_NAME", name=me.name))

    run(profile, work)


@click.command(help=paragraph_of("H_NAME"))
@click.argument("new", required=False)
@click.pass_obj
def name(profile: str, new: str | None) -> None:
    """Print how you are called, or change it to NEW. Your address stays.

    Everybody who has you in a list sees the new name.
    """

    async def work(client: EngineClient) -> None:
        await be_online(client)
        me = client.snapshot.me
        called = (await client.command(ChangeName(new)))["name"] if new else me.name
        click.echo(f"{called} ({me.account})")

    run(profile, work)
