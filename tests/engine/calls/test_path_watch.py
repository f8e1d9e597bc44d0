"""Whoever is told of a call's path may fail; of what comes later they are told nevertheless."""

import pytest

from tests.support.virtual_time import VirtualTime
from tui_call.calls.path_monitor import PathDead, PathEvent, PathMonitor, PathSuspect
from tui_call.engine.calls.path_watch import PathWatch


def test_who_fails_as_a_path_falls_silent_hears_that_it_is_dead() -> None:
    time = VirtualTime(wall=0.0)
    told: list[type[PathEvent]] = []

    def tell(event: PathEvent) -> None:
        told.append(type(event))
        if isinstance(event, PathSuspect):
            raise KeyError

    PathWatch(PathMonitor(time.now()), tell, time)
    with pytest.raises(KeyError):
        time.run(60)
    time.run(60)
    assert told[-1] is PathDead
