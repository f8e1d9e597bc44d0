"""An administrator's desk without a service."""

import pytest

from tests.cli.admin.desk import Desk, open_desk


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Commands ask here."""
    return open_desk(monkeypatch, capsys)
