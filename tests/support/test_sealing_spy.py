"""The spy that watches every test sees each cipher of the package, and fails the test."""

import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.support.engines import Home
from tests.support.sealing_spy import SPY, WATCHED, expect_no_nonce_twice
from tui_call.e2ee import primitives
from tui_call.e2ee.media import MediaSealer
from tui_call.e2ee.payload import Hold
from tui_call.e2ee.sealed_file import FileKind, seal

ROOT = Path(__file__).parent.parent.parent
KEY, NONCE = bytes(32), bytes(12)

TESTS = """
import pytest
from tui_call.e2ee.primitives import seal

def test_the_same_twice():
    assert seal(bytes(32), bytes(12), b"a", b"") == seal(bytes(32), bytes(12), b"a", b"")

def test_something_else():
    seal(bytes(32), bytes(12), b"a", b"")
    seal(bytes(32), bytes(12), b"b", b"")

def test_bound_to_something_else():
    seal(bytes(32), bytes(12), b"a", b"")
    seal(bytes(32), bytes(12), b"a", b"-")

@pytest.mark.seals_again("on purpose")
def test_on_purpose():
    test_something_else()
"""


def test_every_module_that_makes_a_cipher_is_watched() -> None:
    package = ROOT / "tui_call"
    makers = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in package.rglob("*.py")
        if re.search(r"\bciphers\.aead\b", path.read_text(encoding="utf-8"))
    }
    assert makers == set(WATCHED)


@pytest.mark.seals_again("to see that the spy sees it")
def test_every_way_of_sealing_is_seen() -> None:
    primitives.seal(KEY, NONCE, b"first", b"")
    primitives.seal(KEY, NONCE, b"second", b"")
    assert (SPY.sealed, SPY.reused) == (2, 1)
    for on in (True, False):
        MediaSealer(KEY).seal(0, [Hold(on)])
    assert (SPY.sealed, SPY.reused) == (4, 2)
    for content in (b"first", b"second"):
        seal(FileKind.HISTORY, content, KEY, bytes)
    assert (SPY.sealed, SPY.reused) == (6, 3)


def test_honest_sealing_is_seen_and_is_no_reuse() -> None:
    sealer = MediaSealer(KEY)
    for number in range(10):
        sealer.seal(number, [])
    assert (SPY.sealed, SPY.reused) == (10, 0)


def test_a_test_in_which_it_happens_fails(tmp_path: Path) -> None:
    file = tmp_path / "test_sealing.py"
    file.write_text(TESTS, encoding="utf-8")
    command = [
        sys.executable, "-m", "pytest", "-q", "-rf", "-p", "tests.conftest",
        "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), str(file),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    failed = re.findall(r"^FAILED .*::(\w+)", done.stdout, re.MULTILINE)
    assert failed == ["test_something_else", "test_bound_to_something_else"], done.stdout
    assert "2 passed" in done.stdout


OTHER_PROCESS = """
from tui_call.e2ee.primitives import seal
for content in {contents}:
    seal(bytes(32), bytes(12), content, b"")
"""


@pytest.mark.parametrize(("contents", "again"), [([b"a", b"a"], False), ([b"a", b"b"], True)])
def test_a_process_in_which_it_happens_is_noticed_by_its_home(
    tmp_path: Path, contents: list[bytes], again: bool
) -> None:
    environment = os.environ | Home(tmp_path).environment
    command = [sys.executable, "-c", OTHER_PROCESS.format(contents=contents)]
    subprocess.run(command, env=environment, check=True)
    with pytest.raises(AssertionError, match="nonce") if again else nullcontext():
        expect_no_nonce_twice(tmp_path)
