"""What the drill says in the end: it fails loudly where the defence did not show."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from tests.support.fake_engine import said
from tui_call.cli import cli
from tui_call.cli import drill as command
from tui_call.control.views import CodeView
from tui_call.drill.mitm import (
    Acquaintances,
    Audience,
    Outcome,
    Overheard,
    Strangers,
    _judge,
)
from tui_call.drill.stage import Voices
from tui_call.sentences import sentence
from tui_call.voice.alignment import Alignment
from tui_call.voice.samples import silence


def code(of: str) -> CodeView:
    return CodeView(f"{of * 4} 0000", caller=True, emoji=((of, of),), words=(of,))


ONE, TWO = code("1"), code("2")
SHIELDS = said("SH_NEW"), said("SH_NEW")
TAPES = (
    Overheard(silence(480), Alignment((0.05,) * 9, 10)),
    Overheard(silence(960), Alignment((), 0)),
)
DIFFER = said("SH_DIFFER", peer="Ben"), said("SH_DIFFER", peer="Ada")
REFUSED = tuple(said("R_KEY_CHANGED", side, peer="Ben") for side in ("caller", "callee"))
SEEN = Strangers((ONE, TWO), SHIELDS, DIFFER, TAPES)
STOPPED = Acquaintances((ONE, ONE), REFUSED, rang=False)


def run(outcome: Outcome, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    async def perform(voices: Voices, audience: Audience, *, only_pinned: bool) -> Outcome:
        assert only_pinned == (outcome.strangers is None)
        return outcome

    monkeypatch.setattr(command, "perform", perform)
    monkeypatch.setattr(command, "log_to", lambda _: None)
    monkeypatch.setattr(command.platform, "stop_on_signals", lambda *_, **__: None)
    done = CliRunner().invoke(cli, ["drill", "mitm", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


BROKEN = [
    Outcome(replace(SEEN, codes=(ONE, ONE)), STOPPED),
    Outcome(replace(SEEN, codes=(ONE, structs.replace(TWO, words=ONE.words))), STOPPED),
    Outcome(SEEN, replace(STOPPED, rang=True)),
    Outcome(SEEN, replace(STOPPED, ends=(REFUSED[0], said("G_ENDED", dur="1:00", who="You")))),
    Outcome(SEEN, replace(STOPPED, ends=(said("G_ENDED", dur="1:00", who="You"), REFUSED[1]))),
    Outcome(SEEN, replace(STOPPED, codes=(ONE, TWO))),
]


@pytest.mark.parametrize("outcome", BROKEN)
def test_a_defence_that_did_not_show_is_a_failure(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said_last = run(outcome, monkeypatch)
    assert status == 1
    assert said_last.endswith(sentence("D_FAILED").text + "\n")
    status, line = run(outcome, monkeypatch, "--json")
    assert status == 1
    assert not json.loads(line)["defended"]


def test_a_defence_that_showed_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    outcome = Outcome(SEEN, STOPPED)
    status, said_last = run(outcome, monkeypatch, "--output", str(tmp_path / "new"))
    assert (status, said_last.endswith(sentence("D_OVER").text + "\n")) == (0, True)
    assert (tmp_path / "new" / "heard.wav").exists()
    status, line = run(outcome, monkeypatch, "--json")
    shown = json.loads(line)
    assert (status, shown["defended"]) == (0, True)
    assert shown["strangers"]["caller"]["heard"] == {
        "said_is_on_tape": True, "windows": 10, "found": 9, "delay_ms": 50.0,
    }  # fmt: skip
    assert shown["strangers"]["callee"]["heard"]["delay_ms"] is None


def test_known_keys_alone_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    status, line = run(Outcome(None, STOPPED), monkeypatch, "--pinned", "--json")
    assert (status, json.loads(line)["strangers"]) == (0, None)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (True, ["D_WRONG", "D_WRONG_COST", "D_WRONG_LATER"]),
        (False, ["D_RIGHT"]),
        (None, ["D_COMPARED"]),
    ],
)
async def test_an_answer_is_explained(answer: bool | None, told: list[str]) -> None:
    class Learner(command.Nobody):
        def __init__(self) -> None:
            self.told: list[str] = []

        def tell(self, code: str, **fields: str) -> None:
            self.told.append(code)

        async def do_they_match(self) -> bool | None:
            return answer

    learner = Learner()
    await _judge(learner, (ONE, TWO))
    assert learner.told == told
