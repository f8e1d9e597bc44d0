"""What an engine says of its progress: by processor time, whatever the wall's clock says."""

import pytest

from tui_call.tap.speech.progress import MOST_SECONDS, Progress


class Processor:
    """Seconds that were taken."""

    def __init__(self) -> None:
        self.taken = 0.0

    def __call__(self) -> float:
        return self.taken


@pytest.fixture
def processor() -> Processor:
    return Processor()


def test_who_waits_gets_on(processor: Processor) -> None:
    progress = Progress(processor)
    assert progress.goes_on()
    progress.begins()
    progress.waits()
    assert progress.goes_on()
    assert progress.goes_on()


def test_who_begins_something_new_each_time_gets_on(processor: Processor) -> None:
    progress = Progress(processor)
    for _ in range(10):
        progress.begins()
        assert progress.goes_on()


def test_who_gets_hardly_any_processor_time_gets_on(processor: Processor) -> None:
    progress = Progress(processor)
    progress.begins()
    for _ in range(100):
        assert progress.goes_on()
        processor.taken += 0.01


def test_who_sleeps_in_it_hangs(processor: Processor) -> None:
    progress = Progress(processor)
    progress.begins()
    assert progress.goes_on()
    assert not progress.goes_on()
    progress.begins()
    assert progress.goes_on()


def test_who_never_comes_to_an_end_hangs(processor: Processor) -> None:
    progress = Progress(processor)
    progress.begins()
    answers = 0
    while progress.goes_on():
        answers += 1
        processor.taken += 1.0
    assert answers == MOST_SECONDS
    processor.taken += 1.0
    assert not progress.goes_on()
