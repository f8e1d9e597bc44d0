"""What it costs a tap to record eight people, for as short a time as tells."""

import pytest

from bench.tap_recording import hour_grew, recording_rows

pytestmark = pytest.mark.slow


def test_eight_people_cost_a_tap_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.tap_recording.hour_grew", lambda: hour_grew(60.0))
    assert all(row.met for row in recording_rows())
