"""`make fuzz`: gives every parser changed bytes for `FUZZ_SECONDS`, and shows what it cannot take.

`FUZZ_SEED` repeats a run; `FUZZ_ONLY` names parsers by a part of their names. What a parser raises
beside its own refusals, and what takes it over a second, is written to `.fuzz/` and shown.
"""

import hashlib
import os
import random
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.mutator import Mutator
from tests.fuzz.targets import Target, targets

FOUND = Path(".fuzz")
SLOW_SECONDS = 1.0
ROUND = 50


@dataclass
class Fuzzer:
    """Tries one parser.

    Attributes:
        counts: how many tries were "taken" and "refused".
        found: what it could not take, by a name for each kind of failure.
    """

    target: Target
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    found: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._mutator = Mutator(self.target.seeds, self.chance)

    def run(self, tries: int) -> None:
        for _ in range(tries):
            self.attempt(self._mutator.changed())

    def attempt(self, data: bytes) -> None:
        """Give the parser something, and note what comes of it."""
        started = time.process_time()
        try:
            self.target.parse(data)
            self.counts["taken"] += 1
            if self.target.exact and data not in self.target.seeds:
                self.found.setdefault("taken, though it was changed", data)
        except self.target.refuses:
            self.counts["refused"] += 1
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            self.found.setdefault(f"{type(error).__name__} in {frame.name}: {error}"[:200], data)
        if time.process_time() - started > SLOW_SECONDS:
            self.found.setdefault("slow", data)


def keep(fuzzer: Fuzzer) -> None:
    """Write what was found to files, and say where."""
    FOUND.mkdir(exist_ok=True)
    for failure, data in fuzzer.found.items():
        digest = hashlib.sha256(data).hexdigest()[:12]
        file = FOUND / f"{fuzzer.target.name.replace(' ', '-').replace('.', '-')}-{digest}"
        file.write_bytes(data)
        print(f"\n{fuzzer.target.name}: {failure}\n  {file}")


def main() -> int:
    seconds = float(os.environ.get("FUZZ_SECONDS", "600"))
    seed = int(os.environ.get("FUZZ_SEED", random.SystemRandom().randrange(10**6)))
    only = os.environ.get("FUZZ_ONLY", "")
    chosen = [target for target in targets() if only in target.name]
    print(f"{len(chosen)} parsers, {seconds:.0f} seconds, FUZZ_SEED={seed}")
    fuzzers = [Fuzzer(target, random.Random(f"{seed} {target.name}")) for target in chosen]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for fuzzer in fuzzers:
            fuzzer.run(ROUND if fuzzer.target.costly else 10 * ROUND)
    print(f"\n  {'parser':32}{'taken':>12}{'refused':>12}{'failed':>8}")
    for fuzzer in fuzzers:
        counts = fuzzer.counts
        row = (counts["taken"], counts["refused"], len(fuzzer.found))
        print(f"  {fuzzer.target.name:32}{row[0]:>12,}{row[1]:>12,}{row[2]:>8}")
    for fuzzer in fuzzers:
        keep(fuzzer)
    return 1 if any(fuzzer.found for fuzzer in fuzzers) else 0


if __name__ == "__main__":
    sys.exit(main())
