"""What an engine keeps on disk: as it happens, once for much at a time, and when that fails."""

import pytest

from tests.support.one_process import Resident, Village, a_call, until
from tui_call.config.paths import ProfilePaths
from tui_call.control.actions import AddContact, Compare
from tui_call.engine.account import profile_writer
from tui_call.identifiers import AccountId
from tui_call.profile.contents import PendingWrite
from tui_call.profile.profile import Profile
from tui_call.profile.store import StoreUnavailable


async def test_a_full_disk_ends_no_call_and_is_told_once(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await here.resident("ben")

    def full(_profile: Profile, _changes: PendingWrite) -> None:
        raise StoreUnavailable(path="history", reason="the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Profile, "write", full)
        async with a_call(ada, ben):
            await ada.order(Compare("match", "digits", code=ada.code))
            await ada.hears_more()
        told = [one.sentence.text for one in ada.snapshot.notices]
        assert told == ["history cannot be used: the disk is full."]
        assert ada.call.end_reason is not None
    await ada.order(AddContact(ben.account, "Benjamin"))
    paths = ProfilePaths("ada")
    await ada.engine.close()
    again = Profile.open(paths.data_directory)
    contacts, history = again.contacts, again.history
    again.close()
    (known,) = contacts.all
    assert (known.name, known.how, len(history.calls)) == ("Benjamin", "digits", 1)
    assert "traceback" not in here.log


@pytest.mark.parametrize("when", ["soon", "at the end"])
async def test_what_could_not_be_written_is_written_when_there_is_room_again(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Nothing changes any more that would be a reason to write."""

    def full(_profile: Profile, _changes: PendingWrite) -> None:
        raise StoreUnavailable(path="history", reason="the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Profile, "write", full)
        async with a_call(ada, ben):
            await ada.order(Compare("match", "digits", code=ada.code))
        assert ada.engine.writer.behind
    if when == "soon":
        monkeypatch.setattr(profile_writer, "AGAIN_AFTER", 0.0)
        await until(lambda: not ada.engine.writer.behind)
        monkeypatch.setattr(Profile, "write", full)
    await ada.engine.close()
    again = Profile.open(ProfilePaths("ada").data_directory)
    known, calls = again.contacts.get(AccountId(ben.account)), again.history.calls
    again.close()
    assert (known.how, len(calls)) == ("digits", 1)


async def test_many_changes_at_once_are_one_write(
    ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[PendingWrite] = []
    write = Profile.write

    def counted(profile: Profile, changes: PendingWrite) -> None:
        writes.append(changes)
        write(profile, changes)

    monkeypatch.setattr(Profile, "write", counted)
    for _ in range(100):
        ada.engine.account.save()
    await until(lambda: writes)
    await ada.engine.writer.written()
    assert len(writes) == 1


async def test_an_order_is_kept_before_it_is_answered(ada: Resident) -> None:
    def files() -> dict[str, bytes]:
        folder = ProfilePaths("ada").data_directory
        return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    before = files()
    await ada.order(AddContact("cleo@home", "Cleo"))
    assert files() != before
