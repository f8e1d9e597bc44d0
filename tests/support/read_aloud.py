"""A standard call whose people read recordings aloud, with captions and a transcript of it.

Service, bridge, tap, speech engine and the people's engines are processes of their own.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.support.company import Company
from tests.support.engines import Home, Person, until
from tests.support.rig_pair import write_wav
from tests.support.word_error import words_of
from tui_call.control.actions import ChangeSetting, ShowCaptions
from tui_call.control.client import EngineClient
from tui_call.control.lines import Caption
from tui_call.tap.speech.segments import HOP_SECONDS, PAUSE_HOPS
from tui_call.voice.samples import Samples, silence
from tui_call.voice.sound import SAMPLE_RATE

ALLOWED = {"TUI_CALL_STANDARD__RECORDING_OF_ME": "allow"}
OWN = "you"
READ_WITHIN = 240.0
_SAME_SECONDS = 0.1
_MOST_WORDS = 0.9
"""With so many of them, and nothing open behind the end of the sound, all of it is there."""
_END_SECONDS = 3.0
_ENGINE = "tui_call.tap.speech"

PAUSE_SECONDS = PAUSE_HOPS * HOP_SECONDS
"""After a shorter one it is the same line, unless that was cut."""

_LOUD = 10**-2.0
"""Of the power of the loudest frame; with less it is noise."""
_FRAME = SAMPLE_RATE // 50
_PAUSE_FRAMES = 15
_VOICE_FRAMES = 3
"""What is loud for a shorter time is a click: lips, a chair."""


@dataclass(slots=True)
class ReadAloud:
    """What became of it, in monotonic seconds.

    Attributes:
        first: profile of who shows the captions, and is "you" there.
        began: when the first sample of each one's sound was said, by name.
        shown: each caption at the first one's engine, with the moment at which it came.
        call_began: of which the seconds of the call count.
        lines: of the transcript, as it is exported.
    """

    first: str
    began: dict[str, float] = field(default_factory=dict[str, float])
    shown: list[tuple[float, Caption]] = field(default_factory=list[tuple[float, Caption]])
    call_began: float = 0.0
    lines: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def of(self, name: str) -> list[tuple[float, Caption]]:
        """Return what came of somebody, who is "you" at the own engine."""
        return [(at, one) for at, one in self.shown if one.name == name]

    def finals(self, name: str) -> list[Caption]:
        """Return what somebody has said."""
        return [one for _, one in self.of(name) if one.final and one.text]

    def lines_of(self, name: str) -> list[dict[str, Any]]:
        """Return somebody's lines of the transcript."""
        written = self.first.title() if name == OWN else name
        return [one for one in self.lines if one["name"] == written]

    def understood(self, name: str, since: float = 0.0, until: float = float("inf")) -> str:
        """Return the words of somebody in a stretch of what was read, in its seconds."""
        begin = self.began[name] - self.call_began
        return " ".join(one.text for one in self.finals(name) if since <= one.began - begin < until)


async def read_aloud(
    directory: Path,
    reads: Mapping[str, tuple[Samples, str]],
    engine_begins: Callable[[int], object] = int,
) -> ReadAloud:
    """Have a call in which they read at once, and the first one shows captions.

    Args:
        directory: for the files of all.
        reads: sound at 48 kHz and its words, by profile.
        engine_begins: given the id of the speech engine's process.
    """
    first, *others = reads
    said, quiet = ReadAloud(first), directory / "silence.wav"
    write_wav(quiet, silence(SAMPLE_RATE))
    async with Home(directory / "home", **ALLOWED) as home:
        people = {name: await home.person(name) for name in reads}
        for person in people.values():
            await person.order(ChangeSetting("audio.input_file", str(quiet)))
        company = Company(home, directory, people)
        await company.call(first, *others)
        await company.answer(*others)
        for person in people.values():
            await person.until(lambda one: one.phase == "active")
        reader = await home.attach(first)
        reading = asyncio.create_task(_read(reader, said))
        await reader.command(ShowCaptions(on=True))
        await until(lambda: home.numbers(_ENGINE))
        engine_begins(home.numbers(_ENGINE)[0])
        await company.says(first, "transcribe")
        await people[first].until(lambda one: _is_listened_to(one, len(people)))
        for name, (sound, _) in reads.items():
            said.began[_shown_name(name, first)] = await _reads(people[name], sound, directory)
        await until(
            lambda: all(_is_read(said, _shown_name(name, first), *reads[name]) for name in reads),
            READ_WITHIN,
        )
        await company.says(first, "transcribe", "off")
        said.lines = await _transcript(company, first, directory)
        reading.cancel()
        await company.rest()
    return said


def phrases_of(sound: Samples) -> npt.NDArray[np.float64]:
    """Return the seconds at which somebody begins to speak after a pause, by the waveform."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    powers = np.mean(np.square(frames), axis=1)
    edges = np.diff(powers > powers.max() * _LOUD, prepend=False, append=False)
    stretches = np.flatnonzero(edges).reshape(-1, 2)
    begins, ends = stretches[np.diff(stretches, axis=1)[:, 0] >= _VOICE_FRAMES].T
    pauses = begins - np.concatenate(([-np.inf], ends[:-1]))
    return begins[pauses >= _PAUSE_FRAMES] * _FRAME / SAMPLE_RATE


def seconds_off(said: ReadAloud, name: str, sound: Samples, text: str) -> Iterator[float]:
    """Yield by how much somebody's lines in the transcript are off the recording of a text.

    What is too long was cut in mid-word, and goes on with the next line. A line without any word
    of the text is a noise that was taken for words: those are wrong, and were said at no time.
    """
    known = phrases_of(sound) + said.began[name] - said.call_began
    ended = 0.0
    for one in said.lines_of(name):
        goes_on = one["began"] - ended
        if not set(words_of(text)).isdisjoint(words_of(one["text"])):
            off = float(np.abs(known - one["began"]).min())
            yield off if goes_on > PAUSE_SECONDS else min(off, goes_on)
        ended = one["ended"]


def after_last_words(said: ReadAloud, name: str) -> Iterator[tuple[float, float]]:
    """Yield when somebody paused, in seconds of the call, and how long after it that was final."""
    finals = [(at - said.call_began, one) for at, one in said.of(name) if one.final and one.text]
    begins = [*(one.began for _, one in finals[1:]), float("inf")]
    for (at, one), next_begins in zip(finals, begins, strict=True):
        if next_begins - one.ended > PAUSE_SECONDS:
            yield one.ended, at - one.ended


def lacking(said: ReadAloud) -> list[Caption]:
    """Return what was shown as said, and does not stand in the transcript as said then."""
    return [
        one
        for _, one in said.shown
        if one.final
        and one.text
        and not any(
            line["text"] == one.text and abs(line["began"] - one.began) < _SAME_SECONDS
            for line in said.lines_of(one.name)
        )
    ]


def _shown_name(profile: str, first: str) -> str:
    return OWN if profile == first else profile.title()


async def _read(client: EngineClient, said: ReadAloud) -> None:
    async for update in client.lines():
        if isinstance(update, Caption):
            said.shown.append((time.monotonic(), update))
            said.call_began = update.at - update.began - _wall_ahead()


def _is_listened_to(person: Person, people: int) -> bool:
    call = person.call
    kept = [call.own_kept, *(member.kept for member in call.members)]
    begun = call.transcript is not None and not call.transcript.starting
    return begun and not call.captions_loading and kept == ["kept"] * people


async def _reads(person: Person, sound: Samples, directory: Path) -> float:
    """Let somebody read a sound; return when the first sample of it was said."""
    before = person.statistics.input_started
    wav = directory / f"{person.paths.profile}-reads.wav"
    write_wav(wav, sound)
    await person.order(ChangeSetting("audio.input_file", str(wav)))
    await person.until(lambda one: one.statistics.input_started not in (0, before))
    return person.statistics.input_started


def _is_read(said: ReadAloud, name: str, sound: Samples, text: str) -> bool:
    over = time.monotonic() > said.began[name] + len(sound) / SAMPLE_RATE + _END_SECONDS
    came = said.of(name)
    most = _MOST_WORDS * len(words_of(text))
    return over and came[-1][1].final and len(words_of(said.understood(name))) >= most


def _wall_ahead() -> float:
    """Return by how much Unix seconds are ahead of monotonic ones."""
    return time.time() - time.monotonic()


async def _transcript(company: Company, name: str, folder: Path) -> list[dict[str, Any]]:
    while True:
        [one] = json.loads(await company.says(name, "transcripts", "--json"))["kept"]
        if one["state"] != "running":
            break
    await company.says(name, "transcripts", "export", one["id"][:8], str(folder))
    [exported] = folder.glob("*-transcript.json")
    return json.loads(exported.read_text(encoding="utf-8"))["lines"]
