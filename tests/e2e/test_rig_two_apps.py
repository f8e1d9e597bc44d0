"""Two people on one computer with real sound devices: what one says the other one hears.

Speech is played into the microphone "left" and recorded from the speaker "right"; everything
between is what a person starts by `tui-call` in two terminals.
"""

import os
import re
import subprocess
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from pesq import pesq

from tests.support.audio_rig import AudioRig
from tests.support.household import DEADLINE, App, Household
from tui_call.reasons import sentence
from tui_call.voice.alignment import align
from tui_call.voice.devices.files import read_wav
from tui_call.voice.sound import SAMPLE_RATE, Samples

pytestmark = [pytest.mark.e2e, pytest.mark.sound]

SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.",
)
PAUSE_SAMPLES = SAMPLE_RATE * 2 // 5
WIDE_BAND = 16_000
LEAST_PESQ = 3.3
RUNS = 3
MOST_STOLEN = 0.02
"""Share of the processors' time; with more, the host kept sound waiting for 10 ms and more."""

CAPABILITIES = (
    ("r", "Record", "E_RECORD"),
    ("t", "Captions", "E_CAPTIONS"),
    ("T", "Transcript", "E_TRANSCRIPT"),
    ("x", "Transfer", "E_TRANSFER"),
    ("p", "Park", "E_PARK"),
    ("g", "Merge", "E_MERGE"),
    ("+", "Add people", "E_ADD"),
)


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

    def say(self, said: Samples, folder: Path) -> Samples:
        """Say something into the microphone left; return what the speaker right played."""
        spoken, heard = folder / "spoken.wav", folder / "heard.wav"
        with wave.open(str(spoken), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, len(said), "NONE", ""))
            file.writeframes(said.tobytes())
        listener = self.rig.listen("right", heard)
        wait_for_samples(heard, 4800)
        self.rig.say("left", spoken)
        wait_for_samples(heard, len(samples_of(heard)) + SAMPLE_RATE // 2)
        listener.stop()
        return samples_of(heard)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with AudioRig() as rig:
        own = {name: text for name, text in rig.environment.items() if os.environ.get(name) != text}
        with (
            Household(own) as home,
            home.app(environment=devices("left")) as left,
            home.app("second", environment=devices("right")) as right,
        ):
            left.set_up("Ada")
            right.set_up("Grace")
            left.wait_for("Grace +● free")
            yield Pair(rig, home, left, right)


def devices(name: str) -> dict[str, str]:
    return {"TUI_CALL_AUDIO__MICROPHONE": name, "TUI_CALL_AUDIO__SPEAKER": name}


def samples_of(wav: Path) -> Samples:
    """Return what a recorder has written so far; its header does not know the length yet."""
    data = wav.read_bytes()[44:]
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")


def wait_for_samples(wav: Path, count: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while not wav.exists() or len(samples_of(wav)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> list[Samples]:
    """Return the sentences, as a voice of espeak says them."""
    folder = tmp_path_factory.mktemp("speech")
    spoken: list[Samples] = []
    for number, text in enumerate(SENTENCES):
        wav = folder / f"{number}.wav"
        subprocess.run(["espeak-ng", "-w", str(wav), text], check=True, timeout=DEADLINE)
        spoken.append(read_wav(wav))
    return spoken


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


def processor_times() -> tuple[int, int]:
    """Return the time that the host took away, and all time, of this computer's processors."""
    times = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return times[7], sum(times[:8])


def test_speech_is_heard_as_it_was_said(pair: Pair, speech: list[Samples], tmp_path: Path) -> None:
    """A run in which the host stops this computer shows how well the host does, and is repeated."""
    pair.talk()
    runs = []
    for _ in range(RUNS):
        stolen, total = processor_times()
        quality = qualities(speech, pair.say(with_pauses(speech), tmp_path))
        stolen, total = (
            now - was for now, was in zip(processor_times(), (stolen, total), strict=True)
        )
        runs.append((float(np.median(quality)), stolen / total, quality))
        if runs[-1][0] >= LEAST_PESQ or runs[-1][1] < MOST_STOLEN:
            break
    print(runs)
    assert runs[-1][0] >= LEAST_PESQ, runs


def test_both_screens_show_the_same_code(pair: Pair) -> None:
    pair.talk()
    codes = []
    for app in (pair.left, pair.right):
        app.use("v", "Keys")
        halves = re.findall(r" reads? +(\d{4}(?: +\d{4})*)", app.wait_for("must show the same"))
        codes.append(" ".join(" ".join(halves).split()))
        app.use("esc", "Later")
        app.wait_for("In this call")
    assert re.fullmatch(r"(\d{4} ){4}\d{4}", codes[0])
    assert codes[0] == codes[1]


def test_what_e2ee_closes_answers_with_its_own_sentence(pair: Pair) -> None:
    pair.talk()
    for key, label, code in CAPABILITIES:
        pair.left.use(key, label)
        pair.left.wait_for(re.escape(sentence(code).text))
    assert len({sentence(code).text for _, _, code in CAPABILITIES}) == len(CAPABILITIES)


def test_devices_may_go_and_come_back_in_a_call(
    pair: Pair, speech: list[Samples], tmp_path: Path
) -> None:
    pair.talk()
    pair.rig.stop()
    pair.left.wait_for(re.escape(sentence("G_MIC_LOST", dev="left", peer="Grace").text))
    pair.right.wait_for(re.escape(sentence("G_MIC_LOST", dev="right", peer="Ada").text))
    for profile in ("default", "second"):
        assert pair.home.json("status", profile=profile)["call"]["phase"] == "active"
    pair.rig.start()
    for app, name in ((pair.left, "left"), (pair.right, "right")):
        app.wait_for(f"Microphone {name} is back")
        app.wait_for("^ ⛨ E2EE .*MIC ON")
    said = with_pauses(speech[:2])
    assert align(said, pair.say(said, tmp_path)).heard


def test_e2ee_turned_off_beside_the_application_refuses_the_next_call(pair: Pair) -> None:
    pair.end()
    settings = pair.home.client_toml("second")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[e2ee]\ncalls = "off"\n')
    pair.right.wait_for("E2EE calls: off")
    pair.call()
    pair.left.wait_for("No call: E2EE is off for Grace")
    pair.right.wait_for("Ada could not call: E2EE is off for")
    settings.unlink()
    pair.right.wait_for("E2EE calls: on")
