"""A ring of samples between a sound device's callback and one thread, without a lock.

One side only writes and the other one only reads. Each index is changed by one side, and storing
an attribute is atomic, so neither ever sees half of a change: the writer copies the samples
before it moves its index, the reader copies before it moves the other.
"""

import numpy as np

from tui_call.voice.samples import Samples


class SampleRing:
    """Single producer, single consumer; no allocation of sample memory after construction.

    Attributes:
        overflows: writes that did not fit whole (the rest was dropped).
        underflows: reads that found too little (the rest became silence).
        asked: samples that all reads together asked for.
    """

    def __init__(self, capacity: int) -> None:
        self.overflows = 0
        self.underflows = 0
        self.asked = 0
        self._memory = np.zeros(capacity, dtype=np.int16)
        self._capacity = capacity
        self._written = 0  # samples since the beginning; only the producer changes it
        self._read = 0  # only the consumer changes it

    @property
    def capacity(self) -> int:
        """How many samples fit."""
        return self._capacity

    def __len__(self) -> int:
        """Return how many samples wait."""
        return self._written - self._read

    def write(self, samples: Samples) -> int:
        """Producer: append as many samples as fit and return how many that were."""
        count = min(len(samples), self._capacity - len(self))
        if count < len(samples):
            self.overflows += 1
        start = self._written % self._capacity
        first = min(count, self._capacity - start)
        self._memory[start : start + first] = samples[:first]
        self._memory[: count - first] = samples[first:count]
        self._written += count
        return count

    def read(self, out: Samples) -> int:
        """Consumer: fill `out`, with silence where samples lack; return how many were real."""
        count = min(len(out), len(self))
        if count < len(out):
            self.underflows += 1
        start = self._read % self._capacity
        first = min(count, self._capacity - start)
        out[:first] = self._memory[start : start + first]
        out[first:count] = self._memory[: count - first]
        out[count:] = 0
        self._read += count
        self.asked += len(out)
        return count

    def discard(self, samples: int) -> int:
        """Consumer: drop up to that many waiting samples and return how many went."""
        count = min(samples, len(self))
        self._read += count
        return count
