"""A recording by commands: who is in it, who is not, and what of whom; service and tap are real."""

import json
import re
from pathlib import Path

import pytest

from tests.support.company import Company
from tests.support.engines import place
from tests.support.kept_sound import decoded, heard
from tui_call.sentences import text_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ADA, BEN, CLEO, _ = range(1, 5)
"""Who says which tone of `kept_sound`."""
EDGE = 0
"""A window in which a tone begins or ends."""
SECOND = 5
"""Windows in which tones are looked for."""


async def whole(company: Company, name: str) -> str:
    """Return the id of the newest that somebody may see, once its files are closed."""
    while True:
        newest = json.loads(await company.says(name, "recordings", "--json"))["kept"][0]
        if newest["state"] != "running":
            assert newest["state"] == "whole"
            return str(newest["id"])


async def test_all_who_agree_are_in_the_mix_and_each_alone_in_a_track(
    company: Company, tmp_path: Path
) -> None:
    await company.speak("ada", "ben", "cleo")
    await company.says("ada", "record", "--tracks")
    for name, answer in (("ben", "yes"), ("cleo", "no")):
        await company[name].until(lambda one: one.call.own_kept == "asked")
        assert "G_REC_ASK" in company[name].events
        await company.says(name, "agree", answer)
    for name, kept in (("ada", "kept"), ("ben", "kept"), ("cleo", "refused")):
        await company[name].until(lambda one, kept=kept: one.call.own_kept == kept)
        recording = company[name].call.recording
        assert recording is not None
        assert (recording.starting, recording.tracks) == (False, True)
    await company["ada"].hears_more(150)
    await company.says("ben", "hold")
    await company["ada"].hears_more(150)
    await company.says("ben", "hold")
    await company["ada"].hears_more(150)
    await company.says("cleo", "record", "off")
    await company["ben"].until(lambda one: one.call.recording is None)
    kept = await whole(company, "ben")
    await company.says("ben", "recordings", "export", kept, str(tmp_path))
    # Whoever answers first has the lower number.
    names = {path: path.name.partition("-")[2] for path in tmp_path.iterdir()}
    found = {re.sub(r"^track-\d", "track", name): path for path, name in names.items()}
    assert set(found) == {"mix-1.opus", "track-1-ada.opus", "track-1-ben.opus"}
    mix, ada, ben = (heard(decoded(found[name])) for name in sorted(found))
    assert len({len(mix), len(ada), len(ben)}) == 1
    assert set().union(*ada) - {EDGE} == {ADA}
    assert set().union(*ben) - {EDGE} == {BEN}
    assert set().union(*mix) - {EDGE} == {ADA, BEN}
    assert mix.count({ADA, BEN}) > 2 * SECOND
    assert mix.count({ADA}) > SECOND, "who holds is not recorded"
    assert ben.count(set()) > SECOND
    await only_those_of_the_call_have_it(company, kept, tmp_path)


async def only_those_of_the_call_have_it(company: Company, kept: str, folder: Path) -> None:
    """Show that nobody else finds it, that its starter deletes it, and that nothing is left."""
    for words in (("export", kept, str(folder)), ("delete", kept)):
        refused = await company.is_refused("dora", "recordings", *words)
        assert "There is no such recording" in refused
    assert await company.says("dora", "recordings") == text_of("V_NONE_KEPT") + "\n"
    assert "Export: its people" in await company.is_refused("ben", "recordings", "delete", kept)
    directory = company.home.service_directory / "recordings"
    assert [path.name for path in directory.iterdir()] == [kept]
    await company.says("ada", "recordings", "delete", kept, "--yes")
    assert list(directory.iterdir()) == []
    assert "There is no such recording" in await company.is_refused(
        "ben", "recordings", "export", kept, str(folder)
    )


async def test_an_e2ee_call_says_why_nothing_of_it_is_recorded_read_or_transcribed(
    company: Company,
) -> None:
    await place(company["ada"], company["ben"])
    await company.answer("ben")
    await company.all_hear("ada", "ben")
    for words, why in (
        (("record",), "Recording is off: only your two devices have the sound."),
        (("transcribe",), "Transcript is off: the bridge would have to hear the call."),
        (("captions",), "Captions are off: the bridge would have to hear the call."),
        (("agree",), "Recording is off: only your two devices have the sound."),
    ):
        said = await company.is_refused("ada", *words)
        assert why in said
        assert "leave" in said
