"""The prompt of lines ends with what ended it, and is not deaf before."""

import asyncio
import errno
import threading

import pytest

from tests.support.fake_engine import FakeEngine, new, ready, said
from tests.support.prompt import Talk, settle
from tui_call.control.actions import SetUp
from tui_call.control.views import MeView
from tui_call.tui.linear import Linear, run_linear

DEADLINE = 10.0


async def test_a_key_is_not_protected_by_what_no_other_terminal_gives() -> None:
    talk = Talk(new())
    talk.engine.refuse(SetUp, "unavailable", said("N_KEYRING"))
    heard = await talk.says("Ada", "on", "passphrase", "a caf\ufffd of old")
    assert talk.engine.actions == [SetUp("Ada", True)]
    assert "What was given is not all text in UTF-8. Nothing was done." in heard


def fail(*_: object) -> None:
    raise KeyError("of what nobody foresaw")


async def test_what_nobody_foresaw_in_what_happens_ends_the_prompt_with_its_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk = Talk(ready())
    running = asyncio.create_task(talk.says(then_quits=False))
    await settle()
    monkeypatch.setattr(Linear, "_tell", fail)
    talk.engine.change(me=MeView("ready", "default", name="Ada"))
    with pytest.raises(KeyError):
        await running


async def test_what_nobody_foresaw_in_a_verb_ends_the_prompt_with_its_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Linear, "_status", fail)
    with pytest.raises(KeyError):
        await Talk(ready()).says("status")


def test_a_terminal_that_is_lost_is_the_end_of_what_is_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Lost:
        def __iter__(self) -> "Lost":
            return self

        def __next__(self) -> str:
            raise OSError(errno.EIO, "of a terminal that is gone")

    monkeypatch.setattr("sys.stdin", Lost())
    monkeypatch.setattr("threading.excepthook", list)  # else it fails this test
    engine = FakeEngine(ready())
    prompt = threading.Thread(target=run_linear, args=(engine.attach,), daemon=True)
    prompt.start()
    prompt.join(DEADLINE)
    assert engine.closed
    assert not prompt.is_alive()
