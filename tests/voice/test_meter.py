import numpy as np
import pytest

from tui_call.voice.meter import FLOOR_DB, LevelMeter, level_db
from tui_call.voice.samples import Samples, silence


def sine(db: float, samples: int = 960) -> Samples:
    """Return a sine of that level in dBFS."""
    peak = 32768 * 2**0.5 * 10 ** (db / 20)
    return (peak * np.sin(2 * np.pi * np.arange(samples) / 96)).astype(np.int16)


@pytest.mark.parametrize("db", [-6.0, -20.0, -40.0, -60.0])
def test_level_is_dbfs(db: float) -> None:
    assert abs(level_db(sine(db)) - db) < 0.7


def test_extremes() -> None:
    assert level_db(silence()) == FLOOR_DB
    assert level_db(silence(0)) == FLOOR_DB
    assert abs(level_db(np.full(960, -32768, np.int16))) < 0.001


def test_the_meter_rises_at_once_and_falls_slowly() -> None:
    meter = LevelMeter()
    meter.update(sine(-20))
    assert abs(meter.level + 20) < 0.5
    meter.update(silence())
    assert abs(meter.level + 21.2) < 0.5
    for _ in range(200):
        meter.update(silence())
    assert meter.level == FLOOR_DB


def test_speaking_has_hysteresis() -> None:
    meter = LevelMeter()
    meter.update(sine(-46))
    assert not meter.speaking  # between the thresholds: not enough to begin
    meter.update(sine(-30))
    assert meter.speaking
    for _ in range(100):
        meter.update(sine(-46))
    assert meter.speaking  # but enough to go on
    for _ in range(14):
        meter.update(silence())
    assert meter.speaking  # a pause between words
    meter.update(silence())
    assert not meter.speaking


def test_reset_forgets() -> None:
    meter = LevelMeter()
    meter.update(sine(-10))
    meter.reset()
    assert (meter.level, meter.speaking) == (FLOOR_DB, False)
