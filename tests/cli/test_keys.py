"""`tui-call keys`: what is printed, and what is ordered."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.fake_engine import (
    CODE,
    GRACE,
    NEW_KEY,
    PEOPLE,
    FakeEngine,
    active_call,
    person,
    ready,
)
from tui_call.cli import keys as key_commands
from tui_call.cli.keys import NothingToCompare
from tui_call.control.actions import AcceptKey, Compare
from tui_call.control.views import Snapshot
from tui_call.errors import LocalFault

IN_CALL = ready(call=active_call())
Type = Callable[..., Result]


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(IN_CALL)


@pytest.fixture
def command(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Type a command whose engine is the fake one."""

    def run(_profile: str, work: Callable[[Any], Awaitable[Any]], *, start: bool = True) -> Any:
        return asyncio.run(work(engine))  # type: ignore[arg-type]

    monkeypatch.setattr(key_commands, "run", run)

    def typed(*words: str, snapshot: Snapshot | None = None) -> Result:
        engine.snapshot = snapshot or engine.snapshot
        return CliRunner().invoke(key_commands.keys, words[1:], obj="default")

    return typed


def test_the_code_is_shown_in_each_form_with_the_age_of_the_comparison(command: Type) -> None:
    shown = command("keys")
    assert shown.exit_code == 0
    assert "digits 4821 9930 1274 8853 0021" in shown.output
    assert "words anchor velvet orbit maple signal harbor" in shown.output
    assert "emoji 🐶 dog" in shown.output
    assert "Compared on 14 Aug" in shown.output


def test_without_a_call_there_is_nothing_to_compare(command: Type) -> None:
    for call in (None, active_call(code=None)):
        failed = command("keys", snapshot=ready(call=call))
        assert isinstance(failed.exception, LocalFault)


@pytest.mark.parametrize(
    ("typed", "said", "exit_code"),
    [
        ("8853-0021", "What you typed matches your code.", 0),
        ("Maple Signal Harbor", "What you typed matches your code.", 0),
        ("pizza rocket key", "What you typed matches your code.", 0),
        ("8853 0022", "Group 5 is not the same. Ask Grace Hopper to read it once more.", 1),
    ],
)
def test_what_was_heard_is_checked(command: Type, typed: str, said: str, exit_code: int) -> None:
    shown = command("keys", "--type", typed)
    assert shown.exit_code == exit_code
    assert said in shown.output


def test_a_match_is_said_only_if_what_was_typed_is_right(command: Type, engine: FakeEngine) -> None:
    assert command("keys", "--match", "--type", "8853 0022").exit_code == 1
    assert engine.actions == []
    assert command("keys", "--match", "--type", "maple signal harbor").exit_code == 0
    command("keys", "--match")
    command("keys", "--undo")
    command("keys", "--differ")
    assert engine.actions == [
        Compare("match", "words", code=CODE.digits),
        Compare("match", code=CODE.digits),
        Compare("undo", code=CODE.digits),
        Compare("differ", code=CODE.digits),
    ]


def test_as_json(command: Type) -> None:
    shown = json.loads(command("keys", "--json", "--type", "8853 0022").output)
    assert shown["digits"] == CODE.digits
    assert shown["typed"] == {"same": False, "wrong_group": 5}
    assert "typed" not in json.loads(command("keys", "--json").output)
    grace = json.loads(command("keys", "grace", "--json").output)
    assert grace == {"fingerprint": GRACE.fingerprint, "standing": "compared", "how": "digits"}


def test_a_key_is_compared_in_person_by_what_the_other_screen_shows(
    command: Type, engine: FakeEngine
) -> None:
    shown = command("keys", "grace")
    assert GRACE.fingerprint in shown.output
    assert isinstance(command("keys", "grace", "--match").exception, LocalFault)
    theirs = "98765 43210 98765 43210 98765 43210"
    assert command("keys", "grace", "--match", "--type", theirs[:-1] + "1").exit_code == 1
    assert engine.actions == []
    assert command("keys", "grace", "--match", "--type", theirs).exit_code == 0
    order = Compare("match", "in person", "grace@acme", GRACE.fingerprint)
    assert engine.actions == [order]


def test_a_new_key_is_shown_as_such_and_taken_by_its_digits(
    command: Type, engine: FakeEngine
) -> None:
    shown = command("keys", "radia")
    assert "The key of Radia Perlman is not the one you know." in shown.output
    assert "Ask Radia Perlman by another way." in shown.output
    assert NEW_KEY in shown.output
    grouped = " ".join(NEW_KEY[at : at + 5] for at in range(0, 60, 5))
    assert command("keys", "radia", "--accept", NEW_KEY).exit_code == 0
    assert engine.actions == [AcceptKey("radia@acme", grouped)]


def test_people_whom_the_service_tells_of_only_now_are_found(
    command: Type, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told() -> None:
        engine.change(people=PEOPLE)

    monkeypatch.setattr(engine, "wait_for_change", told)
    shown = command("keys", PEOPLE[0].name, snapshot=ready(people=()))
    assert PEOPLE[0].account in shown.output


def test_the_code_of_a_call_that_ended_is_not_shown(command: Type) -> None:
    ended = command("keys", snapshot=ready(call=active_call(phase="ended")))
    assert isinstance(ended.exception, NothingToCompare)
    assert ended.output == ""


def test_nobody_and_people_without_a_key(command: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_commands, "_PEOPLE_WITHIN", 0.01)
    assert isinstance(command("keys", "nobody").exception, LocalFault)
    stranger = person("Eve", standing="new", fingerprint="", standing_when=0)
    shown = command("keys", "eve", snapshot=ready(people=(stranger,)))
    assert (shown.exit_code, "no key known yet" in shown.output) == (1, True)
