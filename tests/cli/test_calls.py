"""Commands about calls and people: what they order, and what is said of how things are."""

import json
from collections.abc import Callable
from typing import Literal

import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.support.fake_engine import (
    GRACE,
    NOW,
    PEOPLE,
    FakeEngine,
    active_call,
    ready,
    ringing_call,
    said,
)
from tui_call.cli import cli
from tui_call.cli.calls import NobodyCalled
from tui_call.cli.session import Locked, NoCall, NotSetUp
from tui_call.control import launch
from tui_call.control.actions import (
    Answer,
    Block,
    Consent,
    HangUp,
    Hold,
    ListParked,
    Mute,
    Park,
    SetPresence,
    Talk,
    Transfer,
)
from tui_call.control.client import CommandRefused
from tui_call.control.codec import NotText
from tui_call.control.selection import NoSuchCall
from tui_call.control.verbs import BY_NAME, Face
from tui_call.control.views import MemberView, MeView, ServiceView, SettingView, Snapshot
from tui_call.tui import linear

Type = Callable[..., Result]

HELD, WAITING = "b1" * 16, "c2" * 16
SEVERAL = ready(
    calls=(
        active_call(),
        active_call(PEOPLE[1], id=HELD, place="held", microphone="held"),
        ringing_call(PEOPLE[5], id=WAITING, place="waiting"),
    )
)


class Terminal:
    """Where commands are typed; their engine is a fake one."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.engine = FakeEngine(snapshot)

    def types(self, *words: str) -> Result:
        return CliRunner().invoke(cli, words)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[Snapshot], Terminal]:
    def opened(snapshot: Snapshot) -> Terminal:
        terminal = Terminal(snapshot)

        async def attach(*_: object, **_options: object) -> FakeEngine:
            return terminal.engine

        monkeypatch.setattr(launch, "connect", attach)
        monkeypatch.setattr(launch, "attach", attach)
        return terminal

    return opened


Open = Callable[[Snapshot], Terminal]


def test_lines_are_asked_for_before_a_call_as_before_nothing(
    terminal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[object] = []
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(linear, "run_linear", shown.append)
    opened = terminal(ready(call=ringing_call()))
    assert opened.types("--linear", "answer", "--wait", "0").exit_code == 0
    assert opened.types("--linear").exit_code == 0
    assert len(shown) == 2
    assert opened.types("answer", "--wait", "0").exit_code == 1


def test_nobody_is_called_by_what_is_left_of_a_name(terminal: Open) -> None:
    opened = terminal(ready())
    assert isinstance(opened.types("call", "--headless", "caf\udce9").exception, NotText)
    assert opened.engine.actions == []


def test_figures_of_no_call_are_a_fault(terminal: Open) -> None:
    told = terminal(ready()).types("stats")
    assert isinstance(told.exception, NoCall)
    assert told.output == ""


def test_status_has_the_word_of_the_microphone_and_counts_the_other_calls(terminal: Open) -> None:
    held = active_call(microphone="held", holding=True)
    assert " active ON HOLD good " in terminal(ready(call=held)).types("status").output
    assert " 1 ON HOLD, 1 waiting\n" in terminal(SEVERAL).types("status").output


def test_a_call_behind_that_nobody_answered_yet_is_not_on_hold(terminal: Open) -> None:
    rings = active_call(
        PEOPLE[1], id=HELD, place="held", phase="ringing", shield=said("SH_RING", peer="Alan")
    )
    calls = ready(calls=(active_call(), rings))
    assert " 1 ringing\n" in terminal(calls).types("status").output
    assert "b1b1b1b1, ringing, Alan Turing" in terminal(calls).types("calls").output


def test_what_the_engine_does_not_have_of_the_environment_is_said(
    terminal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = SettingView("audio.port", "", "choice", "devices", "devices", "default")
    monkeypatch.setenv("TUI_CALL_AUDIO__PORT", "silent")
    told = terminal(ready(settings=(port,))).types("status")
    assert told.exit_code == 0
    assert "TUI_CALL_AUDIO__PORT." in told.stderr
    assert "TUI_CALL_AUDIO__PORT" not in told.stdout


def test_every_call_is_listed_with_its_id_and_its_place(terminal: Open) -> None:
    listed = terminal(SEVERAL).types("calls").output.splitlines()
    assert [line.split(", ")[:2] for line in listed] == [
        ["00000000", "front"], ["b1b1b1b1", "ON HOLD"], ["c2c2c2c2", "waiting"],
    ]  # fmt: skip
    for command in ("calls", "status"):
        told = json.loads(terminal(SEVERAL).types(command, "--json").output)
        assert [call["id"] for call in told["calls"]] == ["00" * 16, HELD, WAITING]
    for nothing in (ready(), ready(call=active_call(phase="ended"))):
        assert terminal(nothing).types("calls").output == f"{said('N_NOCALL').text}\n"


def test_people_and_past_calls_are_listed(terminal: Open) -> None:
    assert "grace@acme" in terminal(ready()).types("contacts").output
    past = terminal(ready()).types("history").output.splitlines()
    assert "missed" in past[0]
    assert "Grace Hopper" in past[0]
    told = json.loads(terminal(ready()).types("history", "--json").output)
    assert len(told["history"]) == len(past)


@pytest.mark.parametrize(("state", "fault"), [("new", NotSetUp), ("locked", Locked)])
def test_before_there_are_people_it_is_said_what_comes_first(
    terminal: Open, state: Literal["new", "locked"], fault: type[Exception]
) -> None:
    told = terminal(ready(me=MeView(state, "default"), people=())).types("contacts")
    assert isinstance(told.exception, fault)
    assert told.output == ""


def test_without_the_service_those_are_listed_who_are_kept(terminal: Open) -> None:
    away = ServiceView("away", problem=said("F_SERVICE_AWAY"))
    place = terminal(ready(service=away))
    assert "grace@acme" in place.types("contacts").output
    assert place.engine.actions == []


def test_an_order_names_its_call(terminal: Open) -> None:
    place = terminal(SEVERAL)
    assert place.types("hangup", "alan").output == "Ended.\n"
    place.types("hold", "b1b1")
    place.types("mute", "on")
    assert place.types("talk", "on").output == "MIC ON\n"
    assert place.engine.actions == [HangUp(call=HELD), Hold(call=HELD), Mute(True), Talk(True)]


def test_an_order_for_no_call_is_a_sentence_and_nothing_is_done(terminal: Open) -> None:
    place = terminal(SEVERAL)
    told = place.types("hangup", "zoe")
    assert isinstance(told.exception, NoSuchCall)
    assert place.engine.actions == []


def test_what_the_engine_refuses_is_a_fault(terminal: Open) -> None:
    place = terminal(ready())
    place.engine.refuse(Hold, "gate", said("N_NOCALL"))
    assert isinstance(place.types("hold").exception, CommandRefused)


@pytest.mark.parametrize("front", ["hold", "end"])
def test_a_waiting_call_is_answered_with_what_becomes_of_the_other(
    terminal: Open, front: str
) -> None:
    place = terminal(SEVERAL)
    told = place.types("answer", f"--{front}")
    assert (told.exit_code, told.output) == (0, f"{said('V_ANSWERED').text}\n")
    assert place.engine.actions == [Answer(front=front, call=WAITING)]  # type: ignore[arg-type]


@pytest.mark.parametrize("front", ["hold", "end"])
def test_with_nobody_waiting_nobody_is_answered_later(terminal: Open, front: str) -> None:
    place = terminal(ready(call=active_call()))
    told = place.types("answer", f"--{front}")
    assert isinstance(told.exception, NobodyCalled)
    assert told.output == ""
    assert place.engine.actions == []


def test_the_own_presence_is_shown_with_its_end(terminal: Open) -> None:
    away = MeView("ready", "default", presence="do_not_disturb", presence_until=NOW)
    told = terminal(ready(me=away))
    assert "Do not disturb until " in told.types("status").output
    assert json.loads(told.types("status", "--json").output)["presence_until"] == NOW
    assert told.types("dnd", "off").exit_code == 0
    assert told.engine.actions == [SetPresence("free")]


def test_somebody_is_blocked_by_name(terminal: Open) -> None:
    place = terminal(ready())
    assert place.types("block", "Grace", "Hopper").output == f"{said('V_BLOCKED').text}\n"
    assert place.engine.actions == [Block(GRACE.account)]


def test_each_change_is_a_line(terminal: Open) -> None:
    place = terminal(ready())
    place.engine.change(call=active_call())
    place.engine.change_call(muted=True)
    place.engine.die()
    lines = [json.loads(line) for line in place.types("watch", "--json").output.splitlines()]
    assert lines[0]["type"] == "snapshot"
    assert [line["type"] for line in lines[1:] if "call" in line][-1] == "call"
    assert lines[-1]["call"]["muted"]


def test_what_goes_on_is_a_line_each_time_that_it_is_another(terminal: Open) -> None:
    place = terminal(ready())
    place.engine.change(call=active_call())
    place.engine.die()
    told = place.types("watch").output
    assert told.count("Grace") == told.count("\n") == 1


STANDARD = msgspec.structs.replace(
    active_call(),
    shield=said("SH_STANDARD", org="acme"),
    kind="standard",
    members=(
        MemberView(PEOPLE[0], 2, "ringing"),
        MemberView(PEOPLE[1], 3, holding=True),
        MemberView(PEOPLE[5], 4),
    ),
    question=said("Q_FIRST", peer="Alan"),
)


def test_everybody_in_a_standard_call_is_told_and_what_it_asks(terminal: Open) -> None:
    place = terminal(ready(call=STANDARD))
    who = ", ".join((f"{GRACE.name} (ringing)", "Alan Turing (on hold)", PEOPLE[5].name))
    for command in ("status", "calls"):
        told = place.types(command).output
        assert told.index("○ NOT E2EE") >= 0
        assert who in told
        assert "You had E2EE with Alan." in told
    listed = json.loads(place.types("status", "--json").output)["calls"][0]
    assert [(one["number"], one["state"]) for one in listed["members"]] == [
        (2, "ringing"), (3, "here"), (4, "here"),
    ]  # fmt: skip
    assert (listed["kind"], listed["question"]["code"]) == ("standard", "Q_FIRST")


def test_a_call_is_passed_on_by_words(terminal: Open) -> None:
    place = terminal(ready(call=STANDARD))
    place.engine.results[Park] = {"slot": 71}
    assert place.types("transfer", "--ask", "Alan", "Turing").output.startswith("Ringing there")
    assert place.types("park").output.startswith("Parked at 71.")
    place.types("yes")
    assert place.engine.actions == [
        Transfer("Alan Turing", ask=True), Park(), Consent(True, "Q_FIRST", call=STANDARD.id),
    ]  # fmt: skip


def test_who_comes_back_from_whom_they_asked_first_reads_that_nothing_ended(terminal: Open) -> None:
    place = terminal(ready(call=msgspec.structs.replace(STANDARD, consulting=True)))
    assert place.types("hangup").output == f"{said('V_ENDED', 'comes back').text}\n"
    assert place.engine.actions == [HangUp()]
    assert terminal(ready(call=STANDARD)).types("hangup").output == "Ended.\n"


def test_what_is_parked_is_listed(terminal: Open) -> None:
    place = terminal(ready())
    assert place.types("parked").output == f"{said('V_NONE_PARKED').text}\n"
    parked = {"slot": 71, "by": "Grace Hopper", "people": ["Alan Turing"], "rings_at": NOW}
    place.engine.results[ListParked] = {"parked": [parked]}
    assert place.types("parked").output == "71: Alan Turing, parked by Grace Hopper\n"
    assert json.loads(place.types("parked", "--json").output) == {"parked": [parked]}


def test_every_verb_of_the_command_line_is_a_command() -> None:
    verbs = {verb.name for verb in BY_NAME.values() if Face.COMMAND in verb.faces}
    assert verbs <= set(cli.list_commands(None))  # type: ignore[arg-type]
