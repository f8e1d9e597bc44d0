"""Ringing at another device than the speaker, and hearing oneself before a call."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.support.one_process import Resident
from tui_call.config.sections import AudioSection
from tui_call.control.actions import Call, HangUp, Silence
from tui_call.control.views import CallView, Part
from tui_call.engine.calls.call_list import Place
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.sound import bell, open_sound
from tui_call.engine.sound.hearing_yourself import HearingYourself
from tui_call.engine.sound.sound import Sound
from tui_call.permissions.gate import Phase
from tui_call.tasks import Tasks
from tui_call.voice.devices.port import DeviceError
from tui_call.voice.devices.silent import SilentPort
from tui_call.voice.playout import Playout
from tui_call.voice.redundancy import PLAIN
from tui_call.voice.samples import Samples

DEADLINE = 20.0


class Devices(SilentPort):
    """Stands for sound devices, and keeps what each was given to play."""

    opened: dict[str, "Devices"]
    missing = ""
    ready = threading.Event()

    def __init__(self, microphone: str | None, speaker: str, listener: object = None) -> None:
        super().__init__()
        self.heard: list[Samples] = []
        self._name = speaker
        self.closed = False

    @property
    def has_speaker(self) -> bool:
        return self._name != self.missing

    def start(self) -> None:
        if self._name == "slow":
            self.ready.wait(DEADLINE)
        if self._name == "broken":
            raise DeviceError("still", kind="speaker")
        self.opened[self._name] = self

    def stop(self) -> None:
        self.closed = True

    def write(self, samples: Samples) -> None:
        super().write(samples)
        self.heard.append(samples)

    @property
    def rings(self) -> bool:
        return any(np.any(samples) for samples in self.heard)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - another thread makes it true
            await asyncio.sleep(0.005)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, Devices]:
    found: dict[str, Devices] = {}
    monkeypatch.setattr(Devices, "opened", found, raising=False)
    monkeypatch.setattr(open_sound, "SoundDevicePort", Devices)
    return found


@pytest.fixture
async def sound(opened: dict[str, Devices]) -> AsyncIterator[Sound]:
    sound = Sound(AudioSection(speaker="headset", ring_device="desk"))
    await sound.open()
    yield sound
    await sound.close()


async def it_rings(sound: Sound) -> None:
    await sound.ring(here=True, still=lambda: True)


async def test_a_call_rings_at_the_device_for_it_alone(
    sound: Sound, opened: dict[str, Devices]
) -> None:
    await it_rings(sound)
    await until(lambda: opened["desk"].rings)
    sound.stop_tone()
    await until(lambda: opened["desk"].closed)
    last = np.concatenate(opened["desk"].heard)[-480:]
    assert not last.any(), "it faded out"
    assert not opened["headset"].rings
    assert not opened["headset"].closed


@pytest.mark.parametrize("name", ["", "headset", "broken", "unplugged"])
async def test_without_a_device_of_its_own_a_call_rings_at_the_speaker(
    sound: Sound, opened: dict[str, Devices], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(Devices, "missing", "unplugged")
    sound.audio = AudioSection(speaker="headset", ring_device=name)
    await it_rings(sound)
    await until(lambda: opened["headset"].rings)


async def test_a_device_that_opens_too_late_rings_nowhere_and_is_closed(
    sound: Sound, opened: dict[str, Devices], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "OPENING_SECONDS", 0.01)
    monkeypatch.setattr(Devices, "ready", threading.Event())
    sound.audio = AudioSection(speaker="headset", ring_device="slow")
    await it_rings(sound)
    await until(lambda: opened["headset"].rings)
    await sound.close()
    assert opened["headset"].closed
    Devices.ready.set()
    await until(lambda: "slow" in opened and opened["slow"].closed)
    assert not opened["slow"].rings


async def test_ringback_is_heard_in_the_headset(sound: Sound, opened: dict[str, Devices]) -> None:
    await sound.ring(here=False, still=lambda: True)
    await until(lambda: opened["headset"].rings)
    assert "desk" not in opened


async def test_a_call_that_was_answered_meanwhile_rings_nowhere(
    sound: Sound, opened: dict[str, Devices]
) -> None:
    await sound.ring(here=True, still=lambda: False)
    await until(lambda: opened["desk"].closed)
    assert not opened["desk"].rings
    assert not opened["headset"].rings


def a_record_that_rings() -> Any:
    return SimpleNamespace(rings_here=True, phase=Phase.RINGING, silenced=False)


def focus_of(sound: Sound, record: Any, tasks: Tasks) -> CallFocus:
    calls: Any = SimpleNamespace(
        front=record, busy=False, place_of=lambda _: Place.FRONT, voice=lambda _: None
    )
    nobody: Any = None
    return CallFocus(calls, nobody, sound, nobody, tasks)


@pytest.mark.parametrize("silenced", [False, True])
async def test_a_call_that_was_silenced_while_devices_opened_rings_nowhere(
    sound: Sound, opened: dict[str, Devices], silenced: bool
) -> None:
    record, tasks = a_record_that_rings(), Tasks()
    focus_of(sound, record, tasks).ring()
    record.silenced = silenced
    await tasks.wait()
    await until(lambda: opened["desk"].closed if silenced else opened["desk"].rings)
    assert opened["desk"].rings is not silenced


async def test_every_screen_learns_that_a_call_was_silenced(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[CallView] = []

    def publish(part: Part, value: object) -> None:
        told.extend(value if part == "calls" else ())  # pyright: ignore[reportArgumentType]

    await ada.order(Call(ben.account))
    await until(lambda: ben.phase == "ringing")
    monkeypatch.setattr(ben.engine.server, "publish", publish)
    monkeypatch.setattr(ben.engine.server, "clients", 1)
    await ben.order(Silence())
    await until(lambda: any(view.silenced for view in told))
    await ada.order(HangUp())


async def test_a_call_that_is_over_rings_no_more_while_the_level_is_looked_at(
    sound: Sound, opened: dict[str, Devices]
) -> None:
    record, tasks = a_record_that_rings(), Tasks()
    focus = focus_of(sound, record, tasks)
    focus.ring()
    await tasks.wait()
    await until(lambda: opened["desk"].rings)
    sound.listening = True
    focus._calls.front = None  # pyright: ignore[reportAttributeAccessIssue]
    focus.ring()
    focus.let_go(record)
    await until(lambda: opened["desk"].closed)


async def test_no_bell_stays_open_behind_a_call(sound: Sound, opened: dict[str, Devices]) -> None:
    await it_rings(sound)
    await it_rings(sound)
    await sound.close()
    assert opened["desk"].closed
    assert opened["headset"].closed


async def test_one_hears_oneself_until_a_call_needs_the_sound(sound: Sound) -> None:
    await sound.hear_yourself(lambda: None, lambda: False)
    thread = sound.thread
    assert thread is not None
    assert sound.hearing_yourself
    await until(lambda: thread._loop.playout is not None)
    playout = thread._loop.playout
    assert playout is not None
    await until(lambda: playout.statistics().received > 3)
    sink: list[bytes] = []
    sound.connect(Playout(), PLAIN.coding, sink.append)
    assert not sound.hearing_yourself
    sound.stop_hearing_yourself()
    await until(lambda: len(sink) > 3)
    assert thread._loop.playout not in (None, playout)


async def test_a_call_that_was_answered_while_devices_opened_keeps_its_sound(sound: Sound) -> None:
    sink: list[bytes] = []
    answered = Playout()
    sound.connect(answered, PLAIN.coding, sink.append)
    await sound.hear_yourself(lambda: None, lambda: True)
    assert not sound.hearing_yourself
    await until(lambda: len(sink) > 3)
    assert sound.thread is not None
    assert sound.thread._loop.playout is answered


async def test_it_comes_half_a_second_later_and_ends_by_itself() -> None:
    class Loop:
        """Calls back when the test says so."""

        def __init__(self) -> None:
            self.later: list[tuple[float, Callable[[], object]]] = []

        def call_later(self, seconds: float, call: Callable[..., object], *what: object) -> "Loop":
            self.later.append((seconds, lambda: call(*what)))
            return self

        def cancel(self) -> None:
            """Stand for the timer too."""

    loop, over, inserted = Loop(), [], []
    hearing = HearingYourself(loop, lambda: over.append(True))  # type: ignore[arg-type]
    hearing.playout.insert = lambda number, *_: inserted.append(number)
    for _ in range(50):
        hearing.frame(b"opus")
    (length, end), *frames = loop.later
    assert length == 30.0
    assert {seconds for seconds, _ in frames} == {0.5}
    for _, insert in frames[:25]:
        insert()
    end()
    assert over == [True]
    hearing.stop()
    for _, insert in frames[25:]:
        insert()
    assert inserted == list(range(25))
