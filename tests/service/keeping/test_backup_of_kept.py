"""A backup of the service has the list of what is kept, and no sound or word of it."""

from pathlib import Path

from tests.service.keeping.kept_town import FILE, SOUND, kept_town, listed
from tests.support.members import Clock
from tui_call.service.backup import back_up, restore
from tui_call.service.store_place import StorePlace

KEPT, LATER = "a" * 32, "b" * 32


async def test_a_backup_has_the_list_and_not_the_files_which_stay_where_they_are(
    tmp_path: Path, clock: Clock
) -> None:
    state, elsewhere, backup = tmp_path / "state", tmp_path / "other", tmp_path / "backup"
    async with kept_town(state, clock) as kept:
        ada = await kept.town.enrol("ada")
        await kept.keep(KEPT, [ada])
        back_up(StorePlace(state, ""), backup)
        await kept.keep(LATER, [ada])
    assert SOUND[:256] not in backup.read_bytes()

    await restore(StorePlace(state, ""), backup)
    async with kept_town(state, clock) as kept:
        member = await kept.town.log_in(ada.identity)
        assert [(one.id, one.state) for one in await listed(member)] == [(KEPT, "whole")]
        assert (kept.recordings / KEPT / FILE).read_bytes() == SOUND
        assert (kept.recordings / LATER / FILE).exists(), "it goes when it is keep_days old"

    elsewhere.mkdir()
    await restore(StorePlace(elsewhere, ""), backup)
    async with kept_town(elsewhere, clock) as kept:
        member = await kept.town.log_in(ada.identity)
        assert [(one.id, one.state) for one in await listed(member)] == [(KEPT, "away")]
