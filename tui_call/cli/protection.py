"""How a key is kept on this computer: the option, and the way out where there is no keyring."""

from collections.abc import Callable
from typing import get_args

import click

from tui_call.cli.session import new_passphrase, say
from tui_call.control.actions import Protection, Restore, SetUp
from tui_call.control.client import CommandRefused, EngineClient

protection_option = click.option(
    "--protection",
    type=click.Choice(get_args(Protection)),
    default="keyring",
    help="How your key is kept on this computer.",
)


async def keep_key(
    client: EngineClient,
    order: Callable[[Protection, str], SetUp | Restore],
    protection: Protection,
) -> None:
    """Give an order that keeps a key, under a passphrase where the keyring cannot be used.

    Args:
        client: gets the order.
        order: makes it for a protection, and the passphrase where that is one.
        protection: what the person wants; a passphrase is asked for.
    """
    passphrase = new_passphrase() if protection == "passphrase" else ""
    try:
        await client.command(order(protection, passphrase))
    except CommandRefused as refused:
        if refused.sentence.code != "N_KEYRING":
            raise
        say(refused.sentence.text)
        await client.command(order("passphrase", new_passphrase()))
