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
from tui_call.e2ee.sealed_file import FileKind, seal
from tui_call.payload import Hold

ROOT = Path(__file__).parent.parent.parent
KEY, NONCE = bytes(32), bytes(12)


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


@pytest.mark.xfail(strict=True, raises=pytest.fail.Exception, reason="the spy fails this test")
@pytest.mark.parametrize("second", [(b"second", b""), (b"first", b"bound to something else")])
def test_a_test_in_which_it_happens_fails(second: tuple[bytes, bytes]) -> None:
    for content, bound_to in ((b"first", b""), second):
        primitives.seal(KEY, NONCE, content, bound_to)


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
