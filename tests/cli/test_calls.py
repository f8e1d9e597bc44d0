"""`tui-call status` and `tui-call stats`: what is said of the call, and of the terminal."""

import pytest
from click.testing import CliRunner, Result

from tests.support.fake_engine import FakeEngine, active_call, ready
from tui_call.cli import calls
from tui_call.cli.session import NoCall
from tui_call.control import launch
from tui_call.control.views import SettingView, Snapshot


def typed(command: str, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Type a command whose engine is a fake one."""

    async def connect(*_: object) -> FakeEngine:
        return FakeEngine(snapshot)

    monkeypatch.setattr(launch, "connect", connect)
    return CliRunner().invoke(getattr(calls, command), [], obj="default")


def test_figures_of_no_call_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    told = typed("stats", ready(), monkeypatch)
    assert isinstance(told.exception, NoCall)
    assert told.output == ""


def test_status_has_the_word_of_the_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    held = active_call(microphone="held", holding=True)
    assert " active ON HOLD good " in typed("status", ready(call=held), monkeypatch).output


def test_what_the_engine_does_not_have_of_the_environment_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = SettingView("audio.port", "", "choice", "devices", "devices", "default")
    monkeypatch.setenv("TUI_CALL_AUDIO__PORT", "silent")
    told = typed("status", ready(settings=(port,)), monkeypatch)
    assert told.exit_code == 0
    assert "TUI_CALL_AUDIO__PORT." in told.stderr
    assert "TUI_CALL_AUDIO__PORT" not in told.stdout
