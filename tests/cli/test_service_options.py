"""What service.toml says becomes what a service does."""

from pathlib import Path

import pytest

from tui_call.cli.service_options import service_options
from tui_call.service.keeping.options import KeepingOptions
from tui_call.service.limits import Limits, Rate
from tui_call.service.server import ServiceOptions
from tui_call.service.standard_calls.options import BridgeOptions, CaptionOptions


def options() -> ServiceOptions:
    return service_options("default", False, None, None, None, None)


def test_limits_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))

    assert options().limits == Limits(), "the defaults of both are the same"
    settings = {
        "DEVICE_BURST": 60, "DEVICE_PER_S": 61, "ADDRESS_BURST": 62, "ADDRESS_PER_S": 63,
        "UNFINISHED": 64, "UNFINISHED_OF_ADDRESS": 65, "WAITING_S": 66,
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(f"TUI_CALL_LIMITS__{name}", str(value))
    assert options().limits == Limits(
        device=Rate(60, 61),
        address=Rate(62, 63),
        unfinished=64,
        unfinished_of_address=65,
        waiting_seconds=66,
    )


def test_there_is_a_bridge_unless_the_settings_say_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))
    assert options().bridge == BridgeOptions(), "the defaults of both are the same"
    for name, value in {
        "BRIDGE__PORT": "5004", "BRIDGE__PUBLIC_ADDRESS": "192.0.2.7",
        "PARK__FIRST": "5", "PARK__SLOTS": "2",
        "CAPTIONS__MODEL": str(tmp_path), "CAPTIONS__LANGUAGE": "de", "CAPTIONS__THREADS": "2",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"TUI_CALL_{name}", value)
    assert options().bridge == BridgeOptions(
        5004, "192.0.2.7", 5, 2, CaptionOptions(tmp_path, "de", 2)
    )
    monkeypatch.setenv("TUI_CALL_BRIDGE__ENABLED", "false")
    assert options().bridge is None


def test_what_is_kept_of_calls_is_kept_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))
    assert options().keeping == KeepingOptions(), "the defaults of both are the same"
    monkeypatch.setenv("TUI_CALL_RECORDINGS__KEEP_DAYS", "7")
    monkeypatch.setenv("TUI_CALL_RECORDINGS__MOST_GIB", "2")
    assert options().keeping == KeepingOptions(7, 2)
