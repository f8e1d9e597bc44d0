"""Everything of a profile in one sealed file, and back."""

from functools import partial
from pathlib import Path

import click

from tui_call.cli.protection import keep_key, protection_option
from tui_call.cli.session import new_passphrase, path_for_engine, run, say, wait_until
from tui_call.control.actions import Export, Protection, Restore
from tui_call.control.client import EngineClient
from tui_call.sentences import paragraph_of, text_of

_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command(help=paragraph_of("H_EXPORT"))
@_file
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def export(profile: str, file: Path, force: bool) -> None:
    """Write identity, contacts and past calls into one FILE, sealed by a passphrase.

    Whoever has FILE and passphrase is you: keep it as you keep your keys.
    """
    path = path_for_engine(file)
    if file.exists() and not force:
        from tui_call.profile.backup import BackupExists

        raise BackupExists

    async def work(client: EngineClient) -> None:
        passphrase = new_passphrase("V_ASK_EXPORT")
        await client.command(Export(path, passphrase, force))
        say(paragraph_of("V_EXPORTED", file=file))

    run(profile, work)


@click.command(help=paragraph_of("H_RESTORE"))
@_file
@protection_option
@click.pass_obj
def restore(profile: str, file: Path, protection: Protection) -> None:
    """Fill a new profile from an exported FILE: the device moves here.

    Do not go on using the profile that it was exported from.
    """
    path = path_for_engine(file)

    async def work(client: EngineClient) -> None:
        if client.snapshot.me.state != "new":
            from tui_call.profile.profile import ProfileExists

            raise ProfileExists("restore")
        passphrase = click.prompt(text_of("V_ASK_RESTORE"), hide_input=True)
        await keep_key(client, partial(Restore, path, passphrase), protection)
        await wait_until(client, lambda at: at.snapshot.me.state == "ready", 15)
        me = client.snapshot.me
        say(paragraph_of("V_RESTORED", address=me.account))

    run(profile, work)
