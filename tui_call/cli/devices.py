"""The devices of the person here: list, link and remove them."""

import time
from collections.abc import Collection
from datetime import UTC, datetime

import click

from tui_call.cli.session import (
    be_online,
    print_qr,
    run,
    say,
    say_json,
    say_whether_opened,
    wait_until,
)
from tui_call.control.actions import LinkDevice, ListDevices, RemoveDevice
from tui_call.control.client import EngineClient, added
from tui_call.control.selection import device_named
from tui_call.control.views import EventView, OwnDeviceView, SentenceView
from tui_call.errors import LocalFault
from tui_call.sentences import paragraph_of, text_of

_ID_DIGITS = 8


class NothingLinked(LocalFault):
    """The link has expired."""


@click.group(help=paragraph_of("H_DEVICE"))
def device() -> None:
    """Your own devices: list them, link another one, remove one."""


@device.command("list", help=paragraph_of("H_DEVICE_LIST"))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.pass_obj
def list_devices(profile: str, as_json: bool) -> None:
    """List your devices, this one first."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        await client.command(ListDevices())
        views = client.snapshot.me.devices
        if as_json:
            say_json(views)
            return
        for view in views:
            say(device_line(view, by_holder=client.snapshot.me.holds_key))

    run(profile, work)


@device.command(help=paragraph_of("H_DEVICE_LINK"))
@click.option("--no-qr", is_flag=True, help="Print only the link.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the other device.")
@click.pass_obj
def link(profile: str, no_qr: bool, no_wait: bool) -> None:
    """Print a link (and its QR code) that makes another device one of yours, once."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        before = {view.id for view in client.snapshot.me.devices if view.linked}
        told = client.snapshot.notices
        result = await client.command(LinkDevice())
        text, expires = str(result["link"]), float(result["expires"])
        if not no_qr:
            print_qr(text)
        click.echo(text)
        until = datetime.fromtimestamp(expires, UTC).astimezone()
        say(text_of("V_DEVICE_LINK", until=f"{until:%H:%M}"))
        say(text_of("V_ELSEWHERE"))
        say_whether_opened(client, told)
        if not no_wait:
            await _wait_for_it(client, before, told, expires)

    run(profile, work)


async def _wait_for_it(
    client: EngineClient, before: set[str], told: Collection[EventView], expires: float
) -> None:
    """Say which device was linked.

    Raises:
        NothingLinked: none was.
    """

    def linked(at: EngineClient) -> list[OwnDeviceView]:
        views = at.snapshot.me.devices
        return [view for view in views if view.linked and view.id not in before]

    def failures(at: EngineClient) -> list[SentenceView]:
        sentences = (notice.sentence for notice in added(told, at.snapshot.notices))
        return [sentence for sentence in sentences if sentence.code in _FAILED]

    click.echo(text_of("V_WAITING"), err=True)
    seconds = max(0.0, expires - time.time())
    await wait_until(client, lambda at: bool(failures(at) or linked(at)), seconds)
    if not (new := linked(client)):
        raise NothingLinked(next(reversed(failures(client)), ""))
    say(text_of("V_LINKED", device=new[0].name))


_FAILED = ("D_LINK_EXPIRED", "D_LINK_FAILED")


@device.command(help=paragraph_of("H_DEVICE_REMOVE"))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(profile: str, name: str, yes: bool) -> None:
    """Remove a device that was linked here, by its NAME or the beginning of its id."""

    async def work(client: EngineClient) -> None:
        await be_online(client)
        await client.command(ListDevices())
        meant = device_named(client.snapshot.me.devices, name)
        if not yes:
            click.confirm(text_of("V_ASK_REMOVE", device=meant.name), abort=True)
        result = await client.command(RemoveDevice(meant.id))
        when = "told" if result["told"] else "later"
        id_ = str(result["id"])[:_ID_DIGITS]
        say(text_of("V_REMOVED", when, device=result["name"], id=id_))

    run(profile, work)


def device_line(view: OwnDeviceView, *, by_holder: bool) -> str:
    """Return a device in one line.

    Args:
        view: the device.
        by_holder: it is shown on the device that holds the account's key.
    """
    facts = ["online" if view.online else "offline"]
    if view.here:
        facts.append("this device")
    if view.holds_key:
        facts.append("has the account's key")
    elif view.linked and view.since:
        since = datetime.fromtimestamp(view.since, UTC).astimezone()
        facts.append(f"linked {since:%Y-%m-%d}")
    elif by_holder:
        facts.append("has no credential: remove it")
    return f"{view.id[:_ID_DIGITS]}  {view.name}  ({', '.join(facts)})"
