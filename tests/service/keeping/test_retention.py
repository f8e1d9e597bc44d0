"""What is kept goes when its time is over, with an audit row, whenever a service is killed."""

import asyncio
import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from tests.service.keeping.kept_town import (
    CALL,
    FILE,
    KeptTown,
    kept_town,
    listed,
    refused_file,
)
from tests.support.members import Clock, Member, soon
from tui_call.service.database import CallChange, StandardCalls, StoredCall
from tui_call.service.database.kept import BeginKept, BeginPart, ComeIntoKept
from tui_call.service.database.kept_index import Disposable, KeptIndex
from tui_call.service.keeping import files, retention
from tui_call.service.keeping.files import KeptFiles, KeptOnDisk
from tui_call.service.keeping.options import KeepingOptions
from tui_call.service.keeping.retention import Retention
from tui_call.signaling.tap_messages import LEAST_TO_BEGIN

KEPT, OTHER, THIRD = "a" * 32, "b" * 32, "d" * 32
DAY = 86_400
DELETIONS = ("recording.delete", "transcript.delete", "kept.delete")


@pytest.fixture
async def ada(kept: KeptTown) -> Member:
    await kept.town.enrol("administrator")
    return await kept.town.enrol("ada")


def retention_of(kept: KeptTown, keep_days: int = 90, most_gib: int = 20) -> Retention:
    return Retention(
        StandardCalls(kept.store),
        KeptIndex(kept.store),
        KeptFiles(kept.recordings),
        KeepingOptions(keep_days, most_gib),
        kept.home,
        kept.town.clock,
        kept.town.clock,
    )


async def test_a_recording_goes_after_its_days_with_its_files_and_a_row_in_the_audit(
    kept: KeptTown, ada: Member
) -> None:
    await kept.keep(KEPT, [ada])
    sweeping = retention_of(kept)
    kept.town.clock.now += 90 * DAY - 1
    await sweeping.sweep()
    assert await kept.known() == [KEPT]
    kept.town.clock.now += 1
    await sweeping.sweep()
    assert (await kept.known(), (kept.recordings / KEPT).exists()) == ([], False)
    assert await kept.audit(*DELETIONS) == [("", "recording.delete", KEPT)]
    assert (await refused_file(ada, KEPT)).code == "unknown_kept"


@pytest.mark.parametrize(
    ("service", "policy", "days"), [(90, 30, 30), (30, 90, 30), (0, 7, 7), (7, 0, 7)]
)
async def test_a_policy_only_narrows_the_days_of_the_service(
    kept: KeptTown, ada: Member, service: int, policy: int, days: int
) -> None:
    await kept.keep(KEPT, [ada], kind="transcript", keep_days=policy)
    sweeping = retention_of(kept, service)
    kept.town.clock.now += days * DAY - 1
    await sweeping.sweep()
    assert await kept.known() == [KEPT]
    kept.town.clock.now += 1
    await sweeping.sweep()
    assert await kept.audit(*DELETIONS) == [("", "transcript.delete", KEPT)]


@pytest.mark.parametrize("by_rule", [False, True])
async def test_what_is_kept_for_ever_stays_until_the_service_says_days(
    kept: KeptTown, ada: Member, *, by_rule: bool
) -> None:
    await kept.keep(KEPT, [ada], by_rule=by_rule)
    kept.town.clock.now += 40_000 * DAY
    await retention_of(kept, 0).sweep()
    assert await kept.known() == [KEPT]
    await retention_of(kept, 36_500).sweep()
    assert await kept.known() == []


async def test_what_a_rule_recorded_goes_in_its_time_too(kept: KeptTown, ada: Member) -> None:
    await kept.keep(KEPT, [ada], by_rule=True)
    kept.town.clock.now += 90 * DAY
    await retention_of(kept).sweep()
    assert await kept.known() == []


async def test_a_service_that_starts_sweeps_what_became_due_while_it_was_away(
    tmp_path: Path, clock: Clock
) -> None:
    options = KeepingOptions(keep_days=3)
    async with kept_town(tmp_path / "state", clock, options) as kept:
        await kept.keep(KEPT, [await kept.town.enrol("ada")])
    clock.now += 3 * DAY
    async with kept_town(tmp_path / "state", clock, options) as kept:
        assert await kept.known() == []
        assert not (kept.recordings / KEPT).exists()
        assert await kept.audit(*DELETIONS) == [("", "recording.delete", KEPT)]


async def test_a_service_that_runs_sweeps_each_day(
    kept: KeptTown, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    passed, sleep = asyncio.Event(), asyncio.sleep

    async def a_day(seconds: float) -> None:
        if seconds != retention.SWEEP_EACH:
            await sleep(seconds)
            return
        slept.append(seconds)
        kept.town.clock.now += seconds
        if len(slept) > 3:
            passed.set()
            await asyncio.Event().wait()

    await kept.keep(KEPT, [ada])
    monkeypatch.setattr(asyncio, "sleep", a_day)
    sweeping = retention_of(kept, keep_days=3)
    await sweeping.open()
    await soon(passed.wait())
    await sweeping.close()
    assert await kept.known() == []
    assert slept[0] == DAY


class _Killed(BaseException):
    """The process is gone: nothing after it is done."""


@pytest.mark.parametrize("at", ["remove", "forget"])
async def test_what_a_kill_left_half_deleted_is_deleted_by_the_next_sweep(
    kept: KeptTown, ada: Member, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Between the mark and the files, and between the files and the rows."""
    await kept.keep(KEPT, [ada])
    kept.town.clock.now += 90 * DAY
    kind = KeptFiles if at == "remove" else KeptIndex
    with monkeypatch.context() as patched:
        patched.setattr(kind, at, _killed)
        with pytest.raises(_Killed):
            await retention_of(kept).sweep()
    assert await kept.known() == [KEPT]
    assert await listed(ada) == [], "it is nobody's any more"
    assert (await refused_file(ada, KEPT)).code == "unknown_kept"

    await retention_of(kept).sweep()
    assert (await kept.known(), (kept.recordings / KEPT).exists()) == ([], False)
    assert await kept.audit(*DELETIONS) == [("", "recording.delete", KEPT)], "once"


def _killed(*_: object) -> None:
    raise _Killed


async def test_one_that_cannot_be_deleted_now_keeps_no_other_from_it(
    kept: KeptTown, ada: Member
) -> None:
    for one in (KEPT, OTHER):
        await kept.keep(one, [ada])
    (kept.recordings / KEPT / FILE).unlink()
    (kept.recordings / KEPT).rmdir()
    (kept.recordings / KEPT).write_text("in the way")
    kept.town.clock.now += 90 * DAY
    await retention_of(kept).sweep()
    assert await kept.known() == [KEPT]
    (kept.recordings / KEPT).unlink()
    await retention_of(kept).sweep()
    assert await kept.known() == []


async def test_rows_whose_files_are_gone_go_and_the_audit_says_why(
    kept: KeptTown, ada: Member
) -> None:
    for one in (KEPT, OTHER):
        await kept.keep(one, [ada])
    KeptFiles(kept.recordings).remove(KEPT)
    await retention_of(kept).sweep()
    assert await kept.known() == [OTHER]
    assert await kept.audit(*DELETIONS) == [("", "recording.delete", KEPT)]


async def test_a_disk_that_is_not_there_makes_nothing_forgotten(
    kept: KeptTown, ada: Member, tmp_path: Path
) -> None:
    await kept.keep(KEPT, [ada])
    kept.recordings.rename(tmp_path / "elsewhere")
    kept.town.clock.now += 90 * DAY
    await retention_of(kept).sweep()
    assert await kept.known() == [KEPT]


async def test_a_disk_that_cannot_be_read_makes_nothing_forgotten(
    kept: KeptTown, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.keep(KEPT, [ada])

    def refused(place: object) -> NoReturn:
        raise OSError(errno.EMFILE, "too many open files", place)

    with monkeypatch.context() as context:
        context.setattr(os, "scandir", refused)
        await retention_of(kept).sweep()
    await retention_of(kept).sweep()
    assert await kept.known() == [KEPT]
    assert (kept.recordings / KEPT).exists()


async def test_files_that_no_row_tells_of_go_when_they_are_as_old_as_may_be(
    kept: KeptTown, ada: Member
) -> None:
    """As after a backup was put back that is older than they are."""
    kept.put(KEPT, FILE, b"of somebody")
    age(kept, KEPT, kept.now - 90 * DAY + 1)
    kept.put("notes", "mine.txt", b"no id, and none of its business")
    await retention_of(kept).sweep()
    assert (kept.recordings / KEPT).exists()
    kept.town.clock.now += 1
    await retention_of(kept, keep_days=0).sweep()
    assert (kept.recordings / KEPT).exists(), "for ever"
    await retention_of(kept).sweep()
    assert not (kept.recordings / KEPT).exists()
    assert (kept.recordings / "notes" / "mine.txt").exists()
    assert await kept.audit(*DELETIONS) == [("", "kept.delete", KEPT)]


async def test_what_moved_to_this_computer_is_at_home_here(kept: KeptTown, ada: Member) -> None:
    await kept.keep(KEPT, [ada], home="e" * 32)
    await kept.keep(OTHER, [ada], home="e" * 32, content=b"")
    await retention_of(kept).sweep()
    states = {one.id: one.state for one in await listed(ada)}
    assert states == {KEPT: "whole", OTHER: "away"}


async def test_what_a_computer_that_never_returns_had_is_forgotten_long_after_its_time(
    kept: KeptTown, ada: Member
) -> None:
    await kept.keep(KEPT, [ada], home="e" * 32, content=b"", keep_days=7)
    kept.town.clock.now += (90 + retention.AWAY_DAYS) * DAY - 1
    await retention_of(kept).sweep()
    await retention_of(kept, keep_days=0).sweep()
    assert await kept.known() == [KEPT]
    kept.town.clock.now += 1
    await retention_of(kept).sweep()
    assert await kept.known() == []
    assert await kept.audit(*DELETIONS) == [("", "recording.delete", KEPT)]


async def test_what_ran_when_its_computer_died_is_over_at_last_and_goes(
    kept: KeptTown, ada: Member
) -> None:
    """Its call is in the store for ever: nobody but that computer takes it over."""
    await kept.keep(KEPT, [ada], home="e" * 32, content=b"", ended=False)
    call = CallChange(None, StoredCall(CALL, "e" * 32, 1, 1, "{}"))
    assert await StandardCalls(kept.store).save([call], [], kept.now)
    kept.town.clock.now += retention.AWAY_DAYS * DAY - 3601
    await retention_of(kept).sweep()
    assert not (await listed(ada))[0].ended
    kept.town.clock.now += 1
    await retention_of(kept).sweep()
    assert (await listed(ada))[0].ended == kept.now
    kept.town.clock.now += (90 + retention.AWAY_DAYS) * DAY
    await retention_of(kept).sweep()
    assert await kept.known() == []


async def test_what_begins_and_ends_while_it_is_swept_stays(
    kept: KeptTown, ada: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.keep(OTHER, [ada])
    looked, find, look = asyncio.Event(), KeptIndex.all, KeptFiles.look

    def look_and_say_so(of: KeptFiles) -> KeptOnDisk:
        looked.set()
        return look(of)

    async def find_before_or_after(index: KeptIndex) -> list[Disposable]:
        """Have the recording between the two looks, whichever is the first."""
        found = None if looked.is_set() else await find(index)
        await kept.keep(KEPT, [ada])
        return await find(index) if found is None else found

    monkeypatch.setattr(KeptFiles, "look", look_and_say_so)
    monkeypatch.setattr(KeptIndex, "all", find_before_or_after)
    await retention_of(kept).sweep()
    assert (kept.recordings / KEPT / FILE).exists()
    assert {one.id for one in await listed(ada)} == {KEPT, OTHER}


async def test_one_whose_call_is_gone_is_over(kept: KeptTown, ada: Member) -> None:
    await kept.change(
        BeginKept(KEPT, "recording", "f" * 32, 0, kept.home, ada.account, 0, kept.now - 9),
        ComeIntoKept(KEPT, ada.account, 1, kept.now),
        BeginPart(KEPT, 1, 1, kept.now),
    )
    kept.put(KEPT, FILE, b"so far")
    await retention_of(kept).sweep()
    (one,) = await listed(ada)
    assert one.ended == kept.now


async def test_with_too_little_room_on_the_disk_nothing_is_begun(
    kept: KeptTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention, room = retention_of(kept), LEAST_TO_BEGIN
    monkeypatch.setattr(files, "free_bytes", lambda _: room)
    assert await retention.why_full() == ""
    room -= 1
    kept.town.clock.now += 1
    assert await retention.why_full() == "N_DISK"


async def test_with_as_much_as_may_be_kept_nothing_more_is_begun(kept: KeptTown) -> None:
    place = kept.recordings / KEPT
    place.mkdir(parents=True)
    with (place / FILE).open("wb") as file:
        file.truncate(2**30 - 1)  # it takes no room on the disk
    assert await retention_of(kept, most_gib=1).why_full() == ""
    with (place / FILE).open("ab") as file:
        file.truncate(2**30)
    assert await retention_of(kept, most_gib=1).why_full() == "N_KEPT_FULL"
    assert await retention_of(kept, most_gib=2).why_full() == ""


async def test_however_often_it_is_asked_for_the_room_is_looked_at_once_a_second(
    kept: KeptTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    retention, looks = retention_of(kept), list[float]()
    look = KeptFiles.look

    def counted(looking: KeptFiles) -> KeptOnDisk:
        looks.append(kept.town.clock.now)
        return look(looking)

    monkeypatch.setattr(KeptFiles, "look", counted)
    for _ in range(5):
        await asyncio.gather(*(retention.why_full() for _ in range(10)))
        kept.town.clock.now += 0.25
    assert looks == [kept.town.clock.now - 1.25, kept.town.clock.now - 0.25]


def age(kept: KeptTown, one: str, when: int) -> None:
    for path in (kept.recordings / one / FILE, kept.recordings / one):
        os.utime(path, (when, when))
