"""A profile moves by an exported file: what goes on, what is refused, what contacts see."""

from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, a_call, until
from tui_call.control.actions import Export, ListDevices, RemoveDevice, Restore
from tui_call.control.server import ActionRefused
from tui_call.engine.devices.joining import device_name
from tui_call.engine.service.link_state import LinkState
from tui_call.errors import TuiCallError
from tui_call.profile.backup import BackupExists, BackupUnreadable, WrongBackupPassphrase
from tui_call.profile.identity import RESTORE_STEP, NoAccountKey

PASSPHRASE = "correct horse"


async def exported(one: Resident, path: Path) -> Path:
    await one.order(Export(str(path), PASSPHRASE))
    return path


async def restored(here: Village, profile: str, path: Path) -> Resident:
    engine = await here.engine(profile)
    await engine.handler.act(Restore(str(path), PASSPHRASE, "plain"))
    await until(lambda: engine.rights.own.on)
    return Resident(engine)


async def test_a_restored_device_goes_on_where_the_old_one_was(
    here: Village, ada: Resident, tmp_path: Path
) -> None:
    ben = await here.resident("ben")
    async with a_call(ada, ben):
        pass
    path = await exported(ada, tmp_path / "ada.backup")
    moved = await restored(here, "moved", path)
    assert (moved.account, moved.device) == (ada.account, ada.device)
    # The service lets one be connected, the one that came last; the other is told so.
    await until(lambda: ada.engine.membership.link.state is LinkState.REPLACED)
    problem = ada.snapshot.service.problem
    assert problem is not None
    assert "in use elsewhere" in problem.text
    assert moved.notices == ["D_RESTORED"]
    assert [call.member.account for call in moved.history.calls] == [ben.account]
    async with a_call(moved, ben):
        assert ben.call.member.person.standing != "changed"
    epoch = moved.engine.profile.identity.epoch
    assert ben.contacts.get(ada.account).epoch == epoch > RESTORE_STEP


async def test_a_backup_from_before_a_removal_still_works_and_gives_the_removed_device_nothing(
    here: Village, ada: Resident, tmp_path: Path
) -> None:
    ben = await here.resident("ben")
    laptop, desk = await here.device(ada, "laptop"), await here.device(ada, "desk")
    path = await exported(ada, tmp_path / "ada.backup")
    await ada.order(RemoveDevice("laptop"))
    async with a_call(ada, ben):
        pass
    assert ben.contacts.get(ada.account).epoch == 1
    await ada.engine.close()
    moved = await restored(here, "moved", path)
    await until(lambda: not moved.engine.profile.identity.stored.restored)
    assert [one.name for one in moved.engine.profile.identity.linked] == ["desk"]
    async with a_call(moved, ben):
        epoch = moved.engine.profile.identity.epoch
        assert ben.contacts.get(moved.account).epoch == epoch > RESTORE_STEP
    # The one that stays gets the new epoch without being asked.
    await until(lambda: desk.engine.account.identity().credential.epoch == epoch)
    await moved.order(ListDevices())
    listed = {view.name for view in moved.snapshot.me.devices}
    assert listed == {device_name(), "desk"}
    assert laptop.engine.account.identity().credential.epoch == 0


async def test_what_goes_wrong_is_told_and_changes_nothing(
    here: Village, ada: Resident, tmp_path: Path
) -> None:
    path = await exported(ada, tmp_path / "ada.backup")
    engine = await here.engine("moved")
    faults: list[tuple[Restore, type[TuiCallError]]] = [
        (Restore(str(path), "wrong horse", "plain"), WrongBackupPassphrase),
        (Restore(str(tmp_path / "nowhere"), PASSPHRASE, "plain"), BackupUnreadable),
        (Restore(str(path), PASSPHRASE, "keyring"), ActionRefused),
    ]
    for action, kind in faults:
        with pytest.raises(kind):
            await engine.handler.act(action)
        assert engine.profile.state == "new"
    with pytest.raises(BackupExists):
        await ada.order(Export(str(path), PASSPHRASE))
    with pytest.raises(ActionRefused, match="At least 8 characters"):
        await ada.order(Export(str(tmp_path / "x"), "short"))
    with pytest.raises(ActionRefused, match="no open identity"):
        await engine.handler.act(Export(str(tmp_path / "x"), PASSPHRASE))
    with pytest.raises(ActionRefused, match="--profile NAME"):
        await ada.order(Restore(str(path), PASSPHRASE, "plain"))
    laptop = await here.device(ada, "laptop")
    with pytest.raises(NoAccountKey):
        await laptop.order(Export(str(tmp_path / "x"), PASSPHRASE))
    assert not (tmp_path / "x").exists()
    assert PASSPHRASE not in here.log
