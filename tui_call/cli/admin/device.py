"""`tui-call admin device`: devices of all people."""

import click

from tui_call.cli.admin.asking import AdminConversation, ask_service
from tui_call.cli.admin.changing import Plan, Planning, changing
from tui_call.cli.admin.outcome import input_refused
from tui_call.cli.admin.showing import moment, say_table
from tui_call.cli.session import json_option, say_json
from tui_call.sentences import paragraph_of
from tui_call.signaling.administration import FindDevices
from tui_call.signaling.administration_answers import DevicesFound
from tui_call.signaling.administration_rows import DeviceRow
from tui_call.signaling.operations import RevokeDevice
from tui_call.tui.admin_words import device_state

_ID_DIGITS = 32


@click.group(help=paragraph_of("H_ADMIN_DEVICE"))
def device() -> None:
    """Devices."""


@device.command("list", help=paragraph_of("H_ADMIN_DEVICE_LIST"))
@click.argument("account", metavar="[USER]", default="")
@json_option
@click.pass_obj
def list_devices(profile: str, account: str, as_json: bool) -> None:
    """List devices."""

    async def work(conversation: AdminConversation) -> None:
        found = await _devices(conversation, account)
        if as_json:
            say_json({"devices": found})
            return
        rows = [
            (one.device, one.account, one.name, moment(one.enrolled), device_state(one))
            for one in found
        ]
        say_table(("device", "address", "name", "enrolled", "state"), rows, "A_NO_DEVICES")

    ask_service(profile, work)


@device.command("revoke", help=paragraph_of("H_ADMIN_DEVICE_REVOKE"))
@click.argument("beginning", metavar="ID")
@click.option("--user", "account", default="", help="Whose it is, to look only there.")
@changing
def revoke(beginning: str, account: str) -> Plan | Planning:
    """Keep a device out."""
    if len(beginning) == _ID_DIGITS:
        return _plan(beginning)

    async def planning(conversation: AdminConversation) -> Plan:
        found = [one.device for one in await _devices(conversation, account)
                 if beginning and one.device.startswith(beginning)]  # fmt: skip
        if len(found) != 1:
            which = "several" if found else "none"
            raise input_refused("A_NO_SUCH_DEVICE", which, id=beginning, n=len(found))
        return _plan(found[0])

    return planning


def _plan(found: str) -> Plan:
    return Plan((RevokeDevice(device=found),), destructive=True)


async def _devices(conversation: AdminConversation, account: str) -> list[DeviceRow]:
    pages = conversation.pages(FindDevices(account=account), DevicesFound)
    return [one async for page in pages for one in page.devices]
