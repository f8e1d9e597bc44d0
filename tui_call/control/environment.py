"""Settings in the environment of a terminal whose engine was started from another one."""

import os
from collections.abc import Iterable
from dataclasses import replace

from tui_call.config.load import from_environment, setting_of, variable_of
from tui_call.config.sections import ClientConfig
from tui_call.config.values import InvalidValue, format_value, parse_text
from tui_call.control.views import SentenceView, SettingView
from tui_call.sentences import sentence, text_of


def not_in_the_engine(settings: Iterable[SettingView]) -> SentenceView | None:
    """Return what to say of settings that this process has in its environment, and the engine not.

    Args:
        settings: as the engine tells them.
    """
    values = {view.key: view.value for view in settings}
    names = sorted(
        variable_of(key)
        for key, text in from_environment(ClientConfig, os.environ).items()
        if key in values and values[key] != _as_told(key, text)
    )
    if not names:
        return None
    why = text_of("G_ENVIRONMENT", "why", names=", ".join(names))
    return replace(sentence("G_ENVIRONMENT"), why=why)


def _as_told(key: str, text: str) -> str | None:
    """Return a setting as an engine that has it tells it, None where it would refuse it."""
    setting = setting_of(ClientConfig, key)
    try:
        return format_value(parse_text(setting, text)) if setting else None
    except InvalidValue:
        return None
