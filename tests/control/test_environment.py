"""Settings of a terminal that an engine, which runs already, does not have."""

import pytest

from tui_call.control.environment import not_in_the_engine
from tui_call.control.views import SettingView

ENGINE = (
    SettingView("audio.port", "", "choice", "devices", "devices", "default"),
    SettingView("audio.delay_ms", "", "number", "60", "40", "environment"),
    SettingView("ui.calm", "", "switch", "false", "false", "default"),
)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, ""),
        ({"TUI_CALL_AUDIO__PORT": "devices", "TUI_CALL_AUDIO__DELAY_MS": " 60"}, ""),
        ({"TUI_CALL_SERVICE__LISTEN": "::", "TUI_CALL_PROFILE": "ada"}, ""),
        ({"TUI_CALL_AUDIO__PORT": "silent"}, "TUI_CALL_AUDIO__PORT"),
        ({"TUI_CALL_AUDIO__PORT": "nonsense"}, "TUI_CALL_AUDIO__PORT"),
        (
            {"TUI_CALL_UI__CALM": "yes", "TUI_CALL_AUDIO__DELAY_MS": "40"},
            "TUI_CALL_AUDIO__DELAY_MS, TUI_CALL_UI__CALM",
        ),
    ],
)
def test_what_the_engine_has_otherwise_is_named(
    variables: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = not_in_the_engine(ENGINE)
    assert (told.why.partition(". ")[0] if told else "") == named
