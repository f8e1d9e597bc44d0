"""Inviting somebody, and joining by an invite."""

from datetime import UTC, datetime

import click

from tui_call.cli.session import be_online, run, say, wait_until
from tui_call.control.client import CommandRefused, EngineClient
from tui_call.control.messages import CreateInvite, Join, SetUp
from tui_call.signaling.invite import parse_invite


@click.command()
@click.option("--no-qr", is_flag=True, help="Print only the link.")
@click.pass_obj
def invite(profile: str, no_qr: bool) -> None:
    """Print a link (and its QR code) with which a friend joins your service, once."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        result = await client.command(CreateInvite())
        link = str(result["link"])
        expires = datetime.fromtimestamp(float(result["expires"]), UTC).astimezone()
        if not no_qr:
            _print_qr(link)
        click.echo(link)
        say(f"For one person, until {expires:%Y-%m-%d %H:%M}. They run: tui-call join LINK")

    run(profile, work)


@click.command()
@click.argument("link")
@click.option("--name", help="Your name, as others see it.")
@click.option("--e2ee/--no-e2ee", default=True, help="Turn your E2EE calls on or leave them off.")
@click.option(
    "--protection", type=click.Choice(["keyring", "passphrase", "plain"]), default="keyring",
    help="How your key is kept on this computer.",
)  # fmt: skip
@click.pass_obj
def join(profile: str, link: str, name: str | None, e2ee: bool, protection: str) -> None:
    """Join a friend's service by the LINK that the friend sent."""
    parse_invite(link)

    async def work(client: EngineClient) -> None:
        if client.snapshot.me.state == "new":
            await _set_up(client, link, name, e2ee, protection)
        else:
            await client.command(Join(link))
        await wait_until(client, lambda at: at.snapshot.service.state == "online", 15)
        me = client.snapshot.me
        say(f"You are {me.account} at {me.organisation_name}. Start the app: tui-call")

    run(profile, work)


async def _set_up(
    client: EngineClient, link: str, name: str | None, e2ee: bool, protection: str
) -> None:
    person = name or click.prompt("Your name")
    passphrase = _ask_passphrase() if protection == "passphrase" else ""
    try:
        await client.command(SetUp(person, e2ee, link, protection, passphrase))  # pyright: ignore[reportArgumentType]
    except CommandRefused as refused:
        if refused.sentence is None or refused.sentence.code != "N_KEYRING":
            raise
        say(refused.sentence.text)
        await client.command(SetUp(person, e2ee, link, "passphrase", _ask_passphrase()))


def _ask_passphrase() -> str:
    return click.prompt("A passphrase for your key", hide_input=True, confirmation_prompt=True)


def _print_qr(link: str) -> None:
    import segno

    segno.make(link, error="l").terminal(compact=True)
