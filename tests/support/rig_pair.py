"""Two people on one computer with real sound devices, each with the application in a terminal.

Speech is played into a microphone of the rig and recorded from a speaker; everything between is
what a person starts by `tui-call` in two terminals.
"""

import os
import re
import subprocess
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from pesq import pesq

from tests.support.audio_rig import AudioRig
from tests.support.household import DEADLINE, App, Household
from tests.support.witness import MOST_SLOW, Witness
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.",
)
PAUSE_SAMPLES = SAMPLE_RATE * 2 // 5
WAV_HEADER = 44
WIDE_BAND = 16_000
RUNS = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Ada on the devices "left" and Grace on "right", each with the application open."""

    rig: AudioRig
    home: Household
    left: App
    right: App

    def talk(self) -> None:
        """Ada calls and Grace answers, unless they talk already."""
        if re.search("MIC ON", self.left.screen()):
            return
        self.call()
        self.right.wait_for("Ada calls you")
        self.right.wait_for(r"(?s)\A(?!.*Keys work after a moment).*Ada calls you")
        self.right.use("a", "Answer")
        for app in (self.left, self.right):
            app.wait_for("^ ⛨ E2EE .*MIC ON")

    def call(self) -> None:
        """Let Ada call Grace, whom the search shows from the first time on."""
        if "> Grace" not in self.left.screen():
            self.left.use("/", "Find")
            self.left.wait_for("esc +Clear")  # letters are commands until then
            self.left.type("Grace")
            self.left.wait_for("> Grace")
            self.left.press("Enter")
        self.left.use("enter", "Call")

    def end(self) -> None:
        """Go back to People on both sides."""
        if re.search("MIC ON", self.left.screen()):
            self.left.use("ctrl+x", "End")
        for app in (self.left, self.right):
            if re.search("End|ENDED", app.screen()):
                app.use("esc", "Back")
            app.wait_for("^ tui-call +People")

    def say(self, said: Samples, folder: Path, mouth: str = "left", ear: str = "right") -> Samples:
        """Say something into a microphone; return what a speaker played meanwhile."""
        spoken, heard = folder / "spoken.wav", folder / "heard.wav"
        write_wav(spoken, said)
        heard.unlink(missing_ok=True)
        listener = self.rig.listen(ear, heard)
        wait_for_samples(heard, 4800)
        self.rig.say(mouth, spoken)
        wait_for_samples(heard, len(samples_of(heard)) + SAMPLE_RATE // 2)
        listener.stop()
        return samples_of(heard)

    def quality(self, speech: list[Samples], folder: Path, enough: float) -> float:
        """Return the median PESQ of sentences said into left and heard at right.

        Args:
            speech: the sentences.
            folder: for files.
            enough: a run that is as good is not repeated.
        """
        runs = undisturbed(
            lambda: float(np.median(qualities(speech, self.say(with_pauses(speech), folder)))),
            lambda median: median >= enough,
        )
        print(f"PESQ: {runs}")
        return max(runs)


def undisturbed(measure: Callable[[], float], enough: Callable[[float], bool]) -> list[float]:
    """Return what was measured, in several runs where the host disturbed those before the last.

    A run in which the host slows this computer shows how well the host does: it is repeated, up to
    `RUNS` in all, unless it was good enough all the same.
    """
    found: list[float] = []
    while len(found) < RUNS:
        with Witness() as witness:
            found.append(measure())
        if enough(found[-1]) or witness.slow < MOST_SLOW:
            break
    return found


@contextmanager
def a_pair(
    names: tuple[str, ...] = ("left", "right"),
    *,
    not_yet: tuple[str, ...] = (),
    by_file: bool = False,
    **settings: str,
) -> Iterator[Pair]:
    """Start rig, service, engines and applications.

    Args:
        names: of the rig's devices.
        not_yet: those of them that are plugged in later.
        by_file: devices stand in the settings' file, so that they can be changed in the app.
        settings: of the `[audio]` section, for both.
    """
    with AudioRig(names) as rig:
        for name in not_yet:
            rig.unplug(name)
        own = {name: text for name, text in rig.environment.items() if os.environ.get(name) != text}
        own |= {f"TUI_CALL_AUDIO__{key.upper()}": value for key, value in settings.items()}
        with Household(own) as home:
            for profile, name in (("default", "left"), ("second", "right")):
                file = home.client_toml(profile)
                file.parent.mkdir(parents=True, exist_ok=True)
                if by_file:
                    file.write_text(f'[audio]\nmicrophone = "{name}"\nspeaker = "{name}"\n')
            with (
                home.app(environment={} if by_file else devices("left")) as left,
                home.app("second", environment={} if by_file else devices("right")) as right,
            ):
                left.set_up("Ada")
                right.set_up("Grace")
                left.wait_for("Grace +● free")
                yield Pair(rig, home, left, right)


def devices(name: str) -> dict[str, str]:
    return {"TUI_CALL_AUDIO__MICROPHONE": name, "TUI_CALL_AUDIO__SPEAKER": name}


def samples_of(wav: Path) -> Samples:
    """Return what a recorder has written so far; its header does not know the length yet."""
    data = wav.read_bytes()[WAV_HEADER:]
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")


def wait_for_samples(wav: Path, count: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while not wav.exists() or len(samples_of(wav)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def write_wav(path: Path, said: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, len(said), "NONE", ""))
        file.writeframes(said.tobytes())


def spoken(folder: Path, voice: str = "en") -> list[Samples]:
    """Return the sentences, as a voice of espeak says them."""
    said: list[Samples] = []
    for number, text in enumerate(SENTENCES):
        wav = folder / f"{voice}-{number}.wav"
        command = ["espeak-ng", "-v", voice, "-w", str(wav), text]
        subprocess.run(command, check=True, timeout=DEADLINE)
        said.append(read_sound_file(wav))
    return said


def with_pauses(speech: list[Samples]) -> Samples:
    pause = np.zeros(PAUSE_SAMPLES, np.int16)
    return np.concatenate([part for spoken in speech for part in (spoken, pause)])


def qualities(speech: list[Samples], heard: Samples) -> list[float]:
    """Return the PESQ, wide band, of each sentence where it is best found in what was heard."""
    return [
        pesq(WIDE_BAND, narrow(spoken), narrow(found(spoken, heard)), "wb") for spoken in speech
    ]


def narrow(samples: Samples) -> NDArray[np.float64]:
    return soxr.resample(samples / 32768, SAMPLE_RATE, WIDE_BAND)


def found(spoken: Samples, heard: Samples) -> Samples:
    """Return as much of what was heard as was spoken, from the best match on."""
    size = 1 << (len(spoken) + len(heard)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(spoken, size))
    start = int(np.argmax(np.fft.irfft(spectrum, size)[: len(heard) - len(spoken) + 1]))
    return heard[start : start + len(spoken)]
