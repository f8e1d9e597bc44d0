"""What service.toml says becomes what a service does."""

from pathlib import Path

import pytest

from tui_call.cli.service_options import service_options
from tui_call.service.limits import Limits, Rate


def test_limits_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_CALL_HOME", str(tmp_path))

    def limits() -> Limits:
        return service_options("default", False, None, None, None, None).limits

    assert limits() == Limits(), "the defaults of both are the same"
    settings = {
        "DEVICE_BURST": 60, "DEVICE_PER_S": 61, "ADDRESS_BURST": 62, "ADDRESS_PER_S": 63,
        "UNFINISHED": 64, "UNFINISHED_OF_ADDRESS": 65, "WAITING_S": 66,
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(f"TUI_CALL_LIMITS__{name}", str(value))
    assert limits() == Limits(
        device=Rate(60, 61),
        address=Rate(62, 63),
        unfinished=64,
        unfinished_of_address=65,
        waiting_seconds=66,
    )
