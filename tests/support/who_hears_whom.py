"""Who hears whom, read off what engines recorded: each one says a tone of another frequency."""

from pathlib import Path

import numpy as np

from tests.support.engines import Home, Person, until
from tests.support.rig_pair import WAV_HEADER, write_wav
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

TONES = {"ada": 500, "ben": 900, "cleo": 1500, "dora": 2100, "laptop": 3300}
"""What each one says all the time, in Hz; none is an overtone of another one's first three."""

MUSIC = "noise"
"""What is heard that is nobody's tone, as who waits hears it."""

WINDOW = SAMPLE_RATE // 5
LASTS = SAMPLE_RATE
"""For so many samples in a row everybody has to hear what is expected, and nothing else."""

_SPOKEN_SECONDS = 300
_AMPLITUDE = 6000
_LEAST = 600
_SILENT = 60


def say_tones(folder: Path) -> None:
    """Write the tone of each one into a folder."""
    second = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    for name, frequency in TONES.items():
        tone = (_AMPLITUDE * np.sin(2 * np.pi * frequency * second)).astype(np.int16)
        write_wav(folder / f"{name}.wav", np.tile(tone, _SPOKEN_SECONDS))


async def speaker(home: Home, name: str, tones: Path) -> Person:
    """Return somebody who says a tone, and records what is heard."""
    return await home.person(name, **mouth_and_ear(home, name, tones))


def mouth_and_ear(home: Home, name: str, tones: Path) -> dict[str, str]:
    """Return the settings of an engine by which it says a tone, and records what is heard."""
    return {
        "TUI_CALL_AUDIO__INPUT_FILE": str(tones / f"{name}.wav"),
        "TUI_CALL_AUDIO__OUTPUT_FILE": str(recording(home, name)),
    }


def recording(home: Home, name: str) -> Path:
    """Return where it is kept what somebody hears."""
    return home.directory / f"{name}-heard.wav"


async def who_hears_whom(home: Home, **wanted: str) -> None:
    """Wait until all those named hear just whom they are to hear, and go on so for a second.

    Args:
        home: theirs.
        wanted: for each who listens the names of those who are heard, "" for nobody. Nobody ever
            hears the own tone, so it stands in no list, and is noticed where it is heard.
    """
    ears = {name: _Ear(home, name, set(whom.split())) for name, whom in wanted.items()}
    try:
        await until(lambda: sum(ear.settled() for ear in ears.values()) == len(ears))
    except AssertionError as error:
        found = {name: ear.lately for name, ear in ears.items()}
        raise AssertionError(f"wanted {wanted}, heard {found}") from error


def missed_seconds(home: Home, name: str, since: int, whom: str) -> float:
    """Return for how long after sample `since` it took until somebody heard all of these.

    That is to the end of the last stretch in which one of them was not to be heard.
    """
    wav = recording(home, name)
    found = heard_in_windows(_part(wav, since, heard_until(wav)))
    lacking = [place for place, heard in enumerate(found) if not heard >= set(whom.split())]
    return (lacking[-1] + 1) * WINDOW / SAMPLE_RATE if lacking else 0.0


def heard_until(wav: Path) -> int:
    """Return how many samples somebody has heard so far."""
    size = wav.stat().st_size if wav.exists() else 0
    return max(0, size - WAV_HEADER) // 2


def heard_in_windows(sound: Samples) -> list[set[str]]:
    """Return whose tones are in each fifth of a second; "noise" for anything else that is loud."""
    return [_heard_in(sound[at : at + WINDOW]) for at in range(0, len(sound) - WINDOW + 1, WINDOW)]


class _Ear:
    """What somebody hears from now on."""

    def __init__(self, home: Home, name: str, wanted: set[str]) -> None:
        self._name, self._wav, self._wanted = name, recording(home, name), wanted
        self._begun = heard_until(self._wav)
        self.lately: list[set[str]] = []

    def settled(self) -> bool:
        until = heard_until(self._wav)
        if until < self._begun:
            self._begun = 0  # a file is written anew when sound is opened again
        lasting = LASTS // WINDOW
        whole = self._begun + (until - self._begun) // WINDOW * WINDOW
        self.lately = heard_in_windows(_part(self._wav, max(self._begun, whole - LASTS), whole))
        assert not any(self._name in one for one in self.lately), "nobody ever hears the own tone"
        return len(self.lately) == lasting and all(one == self._wanted for one in self.lately)


def _part(wav: Path, begin: int, end: int) -> Samples:
    """Return some of what was heard; a call may last, and all of it takes long to read."""
    if not wav.exists():
        return np.zeros(0, np.int16)
    with wav.open("rb") as file:
        file.seek(WAV_HEADER + 2 * begin)
        data = file.read(2 * (end - begin))
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")


def _heard_in(sound: Samples) -> set[str]:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) * 4 / len(sound)
    step = SAMPLE_RATE / len(sound)
    found = {name for name, at in TONES.items() if spectrum[round(at / step)] > _LEAST}
    loud = float(np.sqrt(np.mean(np.square(sound.astype(float))))) > _SILENT
    return found or ({MUSIC} if loud else set())
