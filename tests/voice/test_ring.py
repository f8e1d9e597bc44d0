import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui_call.voice.ring import SampleRing


@given(
    capacity=st.integers(1, 50),
    steps=st.lists(st.tuples(st.sampled_from(["write", "read", "discard"]), st.integers(0, 70))),
)
def test_it_behaves_like_a_bounded_queue(capacity: int, steps: list[tuple[str, int]]) -> None:
    ring = SampleRing(capacity)
    model: list[int] = []
    counter = 0
    overflows = underflows = 0
    for action, count in steps:
        if action == "write":
            samples = (np.arange(counter, counter + count) % 30_000 + 1).astype(np.int16)
            counter += count
            fits = min(count, capacity - len(model))
            overflows += fits < count
            assert ring.write(samples) == fits
            model += samples[:fits].tolist()
        elif action == "read":
            out = np.full(count, -1, np.int16)
            real = min(count, len(model))
            underflows += real < count
            assert ring.read(out) == real
            assert out.tolist() == model[:real] + [0] * (count - real)
            del model[:real]
        else:
            real = min(count, len(model))
            assert ring.discard(count) == real
            del model[:real]
        assert len(ring) == len(model)
    assert (ring.overflows, ring.underflows) == (overflows, underflows)


def test_a_strided_column_can_be_written_and_read() -> None:
    ring = SampleRing(8)
    block = np.arange(8, dtype=np.int16).reshape(4, 2)
    ring.write(block[:, 1])
    out = np.zeros((4, 2), np.int16)
    ring.read(out[:, 0])
    assert out.tolist() == [[1, 0], [3, 0], [5, 0], [7, 0]]


def test_two_threads_lose_and_change_nothing() -> None:
    ring = SampleRing(1000)
    total = 40_000
    sent = (np.arange(total) % 30_011).astype(np.int16)
    got: list[np.ndarray] = []

    def produce() -> None:
        position = 0
        while position < total:
            position += ring.write(sent[position : position + 333])

    producer = threading.Thread(target=produce)
    producer.start()
    received = 0
    while received < total:
        out = np.zeros(min(257, total - received), np.int16)
        count = ring.read(out)
        got.append(out[:count])
        received += count
    producer.join()
    assert np.array_equal(np.concatenate(got), sent)
