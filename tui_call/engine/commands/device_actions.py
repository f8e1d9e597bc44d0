"""What a person orders about devices and backups: one function an action."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.engine.account.joining import device_name, linked_by
from tui_call.engine.engine import Engine
from tui_call.profile.identity import Identity
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.profile.profile import ProtectionName, Safe
from tui_call.sentences import sentence
from tui_call.signaling.device_link import parse_device_link

SHORTEST_PASSPHRASE = 8

Result = Mapping[str, str | int | float]


async def carry_out_for_devices(
    engine: Engine, action: actions.LinkDevice | actions.ListDevices | actions.RemoveDevice
) -> Result:
    """Link, list or remove devices of the person here.

    Raises:
        ActionRefused: not now, with the sentence that says why.
        TuiCallError: something failed.
    """
    if engine.joined is None:
        raise ActionRefused("wrong_state", "Set up tui-call first.")
    match action:
        case actions.LinkDevice():
            link, expires = await engine.own_devices.make_link()
            return {"link": link, "expires": expires}
        case actions.ListDevices():
            await engine.own_devices.refresh()
            return {}
        case actions.RemoveDevice(text):
            view, told = await engine.own_devices.remove(text)
            return {"id": view.id, "name": view.name, "told": int(told)}


async def export(engine: Engine, action: actions.Export) -> Result:
    """Write everything of this profile into one sealed file.

    Raises:
        ActionRefused: there is nothing to write, or it is locked.
        LocalFault: the file cannot be written; see `Profile.export`.
    """
    if engine.joined is None:
        raise ActionRefused("wrong_state", "There is no open identity here to export.")
    if len(action.passphrase) < SHORTEST_PASSPHRASE:
        raise ActionRefused("invalid", f"At least {SHORTEST_PASSPHRASE} characters, please.")
    path = Path(action.path)
    backup = engine.profile.backup()
    await asyncio.to_thread(
        engine.profile.export, backup, path, action.passphrase, force=action.force
    )
    return {"path": str(path)}


async def restore(engine: Engine, action: actions.Restore) -> Result:
    """Fill a new profile from an exported file; the device has moved here with it.

    Raises:
        ActionRefused: the profile is not new, or there is no keyring.
        LocalFault: the file does not open; see `Profile.read_backup`.
    """
    profile = engine.profile
    if profile.state != "new":
        raise ActionRefused(
            "wrong_state", "You have an identity here. Use: tui-call --profile NAME restore FILE"
        )
    backup = await asyncio.to_thread(profile.read_backup, Path(action.path), action.passphrase)
    safe = await prepare(engine, action.protection, action.new_passphrase)
    profile.establish(
        safe,
        Identity(backup.identity).restored(time.time()),
        backup.membership,
        backup.contacts,
        backup.history,
    )
    await engine.connect()
    engine.notice(sentence("D_RESTORED", "device"))
    return {}


async def link_this_device(engine: Engine, action: actions.SetUp) -> None:
    """Make this new profile a further device of an account.

    Raises:
        ActionRefused: the profile is not new, or there is no keyring.
        LocalFault: the link is wrong, used or over, or the other device is away.
        ServiceFault: the service is away, or refused.
    """
    link = parse_device_link(action.invite)
    if engine.profile.state != "new":
        raise ActionRefused(
            "wrong_state", "You have an identity here. Use: tui-call --profile NAME join LINK"
        )
    # Before the link is spent: what keeps the keys here, which may not be there.
    safe = await prepare(engine, action.protection, action.passphrase)
    async with linked_by(link, device_name(action.device)) as new:
        # Not in a thread: it could not be taken back there when the order is given up meanwhile.
        engine.profile.establish(safe, new.identity, new.membership)
    await engine.connect()
    words = sentence("D_LINKED", "device", account=new.membership.account, device=new.name)
    engine.notice(words)


async def prepare(engine: Engine, protection: ProtectionName, passphrase: str) -> Safe:
    """Make what will keep the keys of a new profile.

    Raises:
        ActionRefused: there is no keyring.
        LocalFault: there is a profile already, or the passphrase cannot be used.
    """
    try:
        return await asyncio.to_thread(engine.profile.prepare, protection, passphrase)
    except KeyringUnavailable as error:
        raise ActionRefused("unavailable", sentence=sentence("N_KEYRING")) from error
