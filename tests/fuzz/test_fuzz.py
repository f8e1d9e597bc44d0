"""Each parser takes its seeds and refuses changed ones in its own way; `make fuzz` goes on."""

import random

import pytest

from tests.fuzz.fuzz import Fuzzer
from tests.fuzz.mutator import Mutator
from tests.fuzz.targets import Target, targets

TRIES = 600
NOT_TAKEN_WHOLE = {"inside M3"}  # its signature is made for one answer to the invite


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_the_seeds_are_taken(target: Target) -> None:
    for seed in target.seeds:
        if target.name in NOT_TAKEN_WHOLE:
            with pytest.raises(target.refuses):
                target.parse(seed)
        else:
            target.parse(seed)


@pytest.mark.seals_again("a peer that breaks the rules seals anything at all")
@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_changed_bytes_are_taken_or_refused(target: Target) -> None:
    fuzzer = Fuzzer(target, random.Random(target.name))
    fuzzer.run(TRIES // 6 if target.costly else TRIES)
    assert fuzzer.found == {}
    assert fuzzer.counts["taken"] + fuzzer.counts["refused"] >= TRIES // 6


def test_a_parser_that_breaks_is_found() -> None:
    def parse(data: bytes) -> object:
        return {b"one": 1, b"two": 2}[data[:3]]

    fuzzer = Fuzzer(Target("fragile", (b"one", b"two"), parse), random.Random(1))
    fuzzer.run(TRIES)
    assert any(failure.startswith("KeyError in parse") for failure in fuzzer.found)
    assert fuzzer.counts["taken"] > 0


def test_a_parser_that_takes_what_was_changed_is_found() -> None:
    fuzzer = Fuzzer(Target("careless", (b"signed",), bytes, exact=True), random.Random(1))
    fuzzer.run(TRIES)
    assert set(fuzzer.found) == {"taken, though it was changed"}


def test_changes_are_many_and_bounded() -> None:
    mutator = Mutator([b"seed", bytes(60_000)], random.Random(1))
    made = {mutator.changed() for _ in range(500)}
    assert len(made) > 300
    assert max(map(len, made)) <= 70_000
