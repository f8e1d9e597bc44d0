"""The code that people compare: known answers, and its tables against the published ones."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_call.e2ee.security_code import security_code

VECTORS = Path(__file__).parent.parent / "vectors"
EMOJI = json.loads((VECTORS / "matrix-sas-emoji.json").read_text(encoding="utf-8"))
WORDS = json.loads((VECTORS / "pgp-words.json").read_text())


def test_known_answers() -> None:
    code = security_code(bytes(32))
    assert code.digits == "0000 0000 0000 0000 0000"
    assert code.emoji == (("🐶", "Dog"),) * 7
    assert code.words == ("aardvark", "adroitness") * 3
    code = security_code(bytes(range(32)))
    # bytes 0-15 are the number 5233100606242806050955395731361295
    assert code.digits == "0605 0955 3957 3136 1295"
    names = ["Unicorn", "Cat", "Unicorn", "Mushroom", "Unicorn", "Telephone", "Tree"]
    assert [name for _, name in code.emoji] == names
    assert code.words == ("backward", "bookseller", "beaming", "bottomless", "beehive", "bravado")


@given(st.binary(min_size=32, max_size=32))
def test_every_form_follows_from_its_bytes(secret: bytes) -> None:
    code = security_code(secret)
    number = int.from_bytes(secret[:16], "big") % 10**20
    assert int(code.digits.replace(" ", "")) == number
    assert [len(group) for group in code.digits.split(" ")] == [4] * 5
    bits = "".join(f"{byte:08b}" for byte in secret[16:22])
    numbers = [int(bits[start : start + 6], 2) for start in range(0, 42, 6)]
    assert code.emoji == tuple((EMOJI[n]["emoji"], EMOJI[n]["description"]) for n in numbers)
    lists = ("even", "odd") * 3
    assert code.words == tuple(
        WORDS[name][byte] for name, byte in zip(lists, secret[22:28], strict=True)
    )
    assert security_code(secret[:28] + bytes(4)) == code


@pytest.mark.parametrize("length", [0, 28, 31, 33])
def test_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        security_code(bytes(length))
