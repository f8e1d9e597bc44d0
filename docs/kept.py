"""What is kept and read of a standard call, in pictures: Grace is asked, speech becomes words.

Ada and Grace speak what the wheel of the speech model carries: recordings of people.
"""

import asyncio
from importlib.util import find_spec
from pathlib import Path

from actors import Person, person
from standard import Come

from tui_call.control.actions import UseFiles
from tui_call.control.views import CallView, Snapshot
from tui_call.tui.talk import QUIET_BEFORE_ARMED

_WITHIN = 120.0
_WORDS = 4  # fewer are a breath, or the end of a sentence
_VOICES = {"Ada Lovelace": "two_cities.wav", "Grace Hopper": "endgame_nagg_nell.wav"}


async def kept(size: tuple[int, int], come: Come) -> None:
    """Let both come and act.

    Args:
        size: of each screen, columns and rows.
        come: says who somebody is, on the first screen.
    """
    ada_is_there, over = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as people:
        people.create_task(_be_ada(size, ada_is_there, over, come))
        people.create_task(_be_grace(size, ada_is_there, over, come))


async def _be_ada(
    size: tuple[int, int], is_there: asyncio.Event, over: asyncio.Event, come: Come
) -> None:
    async with person("default", size) as ada:
        await _come(ada, "Ada Lovelace", come)
        is_there.set()
        await ada.waits(lambda at: any(one.name.startswith("Grace") for one in at.people), _WITHIN)
        await ada.press("slash", *"grace", "enter", "s")
        await ada.waits(_is_on, _WITHIN)
        await ada.press("r")
        await ada.picture("record", "What to record is asked first")
        await ada.press("enter")
        await ada.waits(_is_kept_of_all, _WITHIN)
        await ada.press("T", "t")
        await ada.waits(lambda _: _both_have_spoken(ada), _WITHIN)
        await ada.picture("captions", "Captions of a call that is recorded and transcribed")
        await ada.press("u")
        await ada.picture("roster-kept", "Who is kept, and who reads captions")
        await ada.press("escape", "r", "T")
        await ada.waits(lambda at: _front(at) is not None and not _is_kept(at), _WITHIN)
        await ada.press("R")
        await ada.reads("recording")
        await ada.picture("recordings", "Recordings and transcripts")
        await ada.press("escape", "ctrl+x")
        over.set()


async def _be_grace(
    size: tuple[int, int], ada_is_there: asyncio.Event, over: asyncio.Event, come: Come
) -> None:
    """Answer, and agree to be recorded when that is asked."""
    await ada_is_there.wait()
    async with person("second", size) as grace:
        await _come(grace, "Grace Hopper", come)
        await grace.waits(lambda at: at.front is not None and at.front.ringing_here, _WITHIN)
        await asyncio.sleep(QUIET_BEFORE_ARMED)
        await grace.press("a")
        await grace.waits(lambda at: _front(at) is not None and at.calls[0].own_kept == "asked")
        await grace.picture("asked", "Grace is asked whether she may be recorded")
        await grace.press("y")
        await over.wait()


async def _come(somebody: Person, name: str, come: Come) -> None:
    """Come, and speak with the voice of a recording."""
    await come(somebody, name)
    found = find_spec("moonshine_voice")
    if found is not None and found.submodule_search_locations:
        voice = Path(found.submodule_search_locations[0]) / "assets" / _VOICES[name]
        await somebody.app.ask(UseFiles(str(voice)))


def _both_have_spoken(somebody: Person) -> bool:
    """Tell whether both have said something to its end, or why nobody can."""
    call = somebody.app.front
    if call is not None and call.captions_fault is not None:
        return True  # a computer with much to do, or without an engine: the picture says so
    said = somebody.app.spoken.of(somebody.app.reads_captions)
    whole = {one.number for one in said if one.final and len(one.text.split()) >= _WORDS}
    return len(whole) > 1


def _is_on(at: Snapshot) -> bool:
    call = _front(at)
    return call is not None and call.phase == "active"


def _front(at: Snapshot) -> CallView | None:
    """Return the call in front while it lasts."""
    return at.front if at.front is not None and at.front.phase != "ended" else None


def _is_kept(at: Snapshot) -> bool:
    return at.calls[0].recording is not None or at.calls[0].transcript is not None


def _is_kept_of_all(at: Snapshot) -> bool:
    """Tell whether the call is recorded, with the words of everybody in it."""
    call = _front(at)
    if call is None or call.recording is None or call.recording.starting:
        return False
    return call.own_kept == "kept" and all(one.kept == "kept" for one in call.members)
