"""Running a service, beginning an organisation, and helping one that nobody administers."""

import asyncio
import dataclasses
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui_call.cli.session import say
from tui_call.sentences import paragraph_of, text_of

if TYPE_CHECKING:
    from tui_call.service.enrolment import IssuedInvite
    from tui_call.service.server import Service, ServiceOptions


@click.command(help=paragraph_of("H_SERVE"))
@click.option("--personal", is_flag=True, help="This user's own service; ends when unused.")
@click.option("--init", "begin", is_flag=True, help="Begin an organisation, then run its service.")
@click.option("--organisation", metavar="ID", help="With --init: addresses end in @ID.")
@click.option(
    "--admin", "admin_name", metavar="NAME", help="With --init: who administers it first."
)
@click.option(
    "--public-address", metavar="HOST", help="Where invites lead; --init keeps it for later starts."
)
@click.option(
    "--new-administrator", metavar="ADDRESS",
    help="Make ADDRESS administer by a new device, print its link, and end.",
)  # fmt: skip
@click.option("--listen", metavar="ADDRESS", help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65_535), help="TCP port; 0 chooses one.")
@click.option("--name", help="Name of the organisation.")
@click.option("--state-directory", type=click.Path(path_type=Path), help="Where accounts are kept.")
@click.pass_obj
def serve(
    profile: str,
    personal: bool,
    begin: bool,
    organisation: str | None,
    admin_name: str | None,
    public_address: str | None,
    new_administrator: str | None,
    listen: str | None,
    port: int | None,
    name: str | None,
    state_directory: Path | None,
) -> None:
    """Run a service: accounts, directory, presence and routing. It never hears an E2EE call."""
    from tui_call.cli.service_options import service_options
    from tui_call.service.beginning import checked_public_address, new_organisation
    from tui_call.service.main import run_service

    if personal + begin + (new_administrator is not None) > 1:
        raise click.UsageError(text_of("U_SERVE", "one"))
    if {begin} != {organisation is not None, admin_name is not None}:
        raise click.UsageError(text_of("U_SERVE", "init"))
    options = service_options(profile, personal, listen, port, name, state_directory)
    if public_address is not None:
        public_address = checked_public_address(public_address)
        options = dataclasses.replace(options, public_address=public_address)
    if new_administrator is not None:
        asyncio.run(_appoint(options, new_administrator))
    elif organisation is not None and admin_name is not None:
        new = new_organisation(organisation, options.organisation_name, admin_name)
        options = dataclasses.replace(options, beginning=new)
        asyncio.run(run_service(options, _say_who_administers))
    else:
        asyncio.run(run_service(options, _say_where))


async def _say_where(service: "Service") -> None:
    place, organisation = service.place, service.organisation
    here, there = (
        f"[{host}]:{place.port}" if ":" in host else f"{host}:{place.port}"
        for host in (service.listens_at, place.public_host)
    )
    say(text_of("V_SERVES", "1", org=organisation.id, name=organisation.name, place=here))
    say(text_of("V_SERVES", "2", place=there))


async def _say_who_administers(service: "Service") -> None:
    organisation = service.organisation
    say(text_of("V_BEGUN", "1", org=organisation.id, name=organisation.name))
    say(_once("V_BEGUN", await service.invite_first_administrator()))


async def _appoint(options: "ServiceOptions", address: str) -> None:
    from tui_call.service.main import running

    async with running(options) as service:
        issued = await service.appoint(address)
    say(text_of("V_ADMINISTERS", "1", address=address))
    say(_once("V_ADMINISTERS", issued))


def _once(code: str, issued: "IssuedInvite") -> str:
    until = datetime.fromtimestamp(issued.expires, UTC).astimezone()
    words = text_of(code, "2", until=f"{until:%Y-%m-%d %H:%M}")
    return f"{words} tui-call join {shlex.quote(issued.link)}"
