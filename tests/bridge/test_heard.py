"""What people hear of each other through a bridge's rooms, in virtual time on clean ways."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.support.measured_sound import hum
from tests.support.virtual_bridge import CLEAN, BridgedCall, Device
from tests.support.virtual_sound import BEGIN, Ear, SoundTime, WatchedDecoder
from tui_call.voice.devices.paced import PacedPort, Source
from tui_call.voice.mixer import Mixer
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

SECONDS = 6.0
PEOPLE = 6
LISTENER = 1
HUMMED = hum(SECONDS)


@dataclass
class Mouth(Source):
    """Somebody who hums while speaking, in a voice of the own, and is quiet else."""

    number: int
    speaks: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        length = len(HUMMED)
        gain = np.zeros(length)
        for begin, end in self.speaks:
            gain[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 1.0
        edge = np.hanning(481)
        gain = np.convolve(gain, edge / edge.sum(), mode="same")
        voice = np.roll(HUMMED, self.number * SAMPLE_RATE) * gain
        room = np.random.default_rng(self.number).normal(0, 3, length)
        self.samples = np.round(voice + room).astype(np.int16)

    def fill(self, position: int, out: Samples) -> None:
        out[:] = np.take(self.samples, range(position, position + len(out)), mode="clip")


def times() -> st.SearchStrategy[list[tuple[float, float]]]:
    begins, lasts = st.floats(0.0, SECONDS - 1), st.floats(0.1, 2.0)
    return st.lists(st.tuples(begins, lasts).map(lambda one: (one[0], sum(one))), max_size=3)


NOISE_ALONE = {
    "speaks": [[(1.25, 3.08)], [(2.12, 2.35)], [], [(4.31, 5.91), (0.89, 1.52)], [], []],
    "away": [
        [(0.09, 0.394), (0.31, 1.224)],
        [(3.283, 3.79), (0.803, 1.205), (0.54, 1.462)],
        [(4.0, 4.34), (0.1, 1.229)],
        [(2.692, 3.414)],
        [(0.0, 0.12), (0.5, 1.186)],
        [(0.409, 2.309)],
    ],
}
"""For a second nothing but comfort noise is heard, in place of those who went."""


@pytest.mark.lengthy
@example(**NOISE_ALONE)
@given(
    speaks=st.lists(times(), min_size=PEOPLE, max_size=PEOPLE),
    away=st.lists(times(), min_size=PEOPLE, max_size=PEOPLE),
)
@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_whoever_comes_goes_starts_and_stops_nobody_clicks_and_others_lose_nothing(
    speaks: list[list[tuple[float, float]]], away: list[list[tuple[float, float]]]
) -> None:
    time, ear = SoundTime(), Ear(0.0, SECONDS)
    mixer = Mixer(lambda: WatchedDecoder(ear))
    devices = [
        Device(
            number,
            PacedPort(Mouth(number, spoken), ear if number == LISTENER else None, time.now),
            mixer if number == LISTENER else Mixer(),
            CLEAN,
            CLEAN,
        )
        for number, spoken in enumerate(speaks, LISTENER)
    ]
    call = BridgedCall(time, devices)
    gone: set[int] = set()

    def change(number: int, *, goes: bool) -> None:
        (gone.add if goes else gone.discard)(number)
        call.join(*(one for one in call.devices if one not in gone))

    for number, spans in enumerate(away, LISTENER):
        for begin, end in spans if number != LISTENER else ():
            time.call_at(BEGIN + begin, lambda number=number: change(number, goes=True))
            time.call_at(BEGIN + end, lambda number=number: change(number, goes=False))
    time.run(SECONDS)
    figures = mixer.statistics()
    assert ear.clicks == []
    assert (figures.lost, figures.late, figures.skipped, figures.duplicates) == (0, 0, 0, 0)
    assert figures.played >= figures.received - 2 * PEOPLE, "all but those that wait in the end"
    assert devices[0].media.monitor.figures.loss == 0.0
