"""What an engine keeps on disk: as it happens, once for much at a time, and when that fails."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.one_process import Resident, Village, a_call, until, village
from tui_call.control.messages import AddContact, Compare
from tui_call.control.server import ActionRefused
from tui_call.engine import switchboard
from tui_call.identifiers import AccountId
from tui_call.profile.contents import Changes
from tui_call.profile.profile import Profile
from tui_call.profile.store import StoreUnavailable


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    async with village(tmp_path, monkeypatch) as village_here:
        yield village_here


@pytest.fixture
async def ada(here: Village) -> Resident:
    return await here.resident("ada")


async def test_a_full_disk_ends_no_call_and_is_told_once(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await here.resident("ben")

    def full(_profile: Profile, _changes: Changes) -> None:
        raise StoreUnavailable("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(Profile, "write", full)
        async with a_call(ada, ben):
            await ada.order(Compare("match", "digits"))
            await ada.hears_more()
        told = [one.sentence.text for one in ada.engine.snapshot().notices]
        assert told == ["The disk is full."]
        assert ada.call.end_reason is not None
    await ada.order(AddContact(ben.account, "Benjamin"))
    paths = ada.engine.paths
    await ada.engine.close()
    again = Profile.open(paths.data_directory)
    contacts, history = again.contacts, again.history
    again.close()
    (known,) = contacts.all
    assert (known.name, known.how, len(history.calls)) == ("Benjamin", "digits", 1)
    assert "Traceback" not in here.log


async def test_many_changes_at_once_are_one_write(
    ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[Changes] = []
    write = Profile.write

    def counted(profile: Profile, changes: Changes) -> None:
        writes.append(changes)
        write(profile, changes)

    monkeypatch.setattr(Profile, "write", counted)
    for _ in range(100):
        ada.engine.save()
    await until(lambda: writes)
    await ada.engine.keeper.written()
    assert len(writes) == 1


async def test_an_order_is_kept_before_it_is_answered(ada: Resident) -> None:
    def files() -> dict[str, bytes]:
        folder = ada.engine.paths.data_directory
        return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    before = files()
    await ada.order(AddContact("cleo@home", "Cleo"))
    assert files() != before


async def test_a_match_is_taken_back_within_ten_seconds_only(
    here: Village, ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await here.resident("ben")
    async with a_call(ada, ben):
        await ada.order(Compare("match", "words"))
        assert ada.call.undo_until > ada.call.started
        monkeypatch.setattr(switchboard, "UNDO_SECONDS", -1.0)
        await ada.order(Compare("match", "words"))
        with pytest.raises(ActionRefused, match="too late"):
            await ada.order(Compare("undo"))
        assert ada.call.shield.code == "SH_COMPARED"


async def test_a_slow_disk_keeps_nobody_waiting_and_the_newest_state_is_written_last(
    ada: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk stands still; the engine's loop does not, and two writes cover all changes."""
    disk, waiting, writes = threading.Event(), threading.Event(), []
    write = Profile.write

    def slow(profile: Profile, changes: Changes) -> None:
        waiting.set()
        assert disk.wait(20)
        writes.append(changes.number)
        write(profile, changes)

    monkeypatch.setattr(Profile, "write", slow)
    contacts = ada.engine.contacts
    contacts.add(AccountId("ben@home"), "Ben 0")
    ada.engine.save()
    await until(waiting.is_set)
    for number in range(1, 50):
        contacts.add(AccountId("ben@home"), f"Ben {number}")
        ada.engine.save()
        await asyncio.sleep(0)
    assert writes == []
    disk.set()
    await ada.engine.close()
    assert len(writes) == 2
    again = Profile.open(ada.engine.paths.data_directory)
    assert again.contacts.get(AccountId("ben@home")).name == "Ben 49"
    again.close()


async def test_an_older_state_never_replaces_a_newer_one(ada: Resident) -> None:
    profile = ada.engine.profile
    ada.engine.contacts.add(AccountId("ben@home"), "old")
    older = profile.changes()
    ada.engine.contacts.add(AccountId("ben@home"), "new")
    profile.save()
    profile.write(older)
    await ada.engine.close()
    again = Profile.open(ada.engine.paths.data_directory)
    assert again.contacts.get(AccountId("ben@home")).name == "new"
    again.close()
