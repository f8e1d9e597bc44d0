"""The measuring of a service, with few clients and for moments."""

import pytest

from bench import service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_each_figure_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SEARCHES", 2)
    monkeypatch.setattr(service, "ROUTING_SECONDS", 1.0)
    monkeypatch.setattr(service, "RUNS", 1)
    found = {row.what.strip(): row.ours for row in service.measure(clients=60, back=60, seconds=1)}
    assert None not in found.values()
    assert found["of 60 back from one address get in"] == 60
    assert found["others told"] == found["lost"] == 0
    assert found["told of a presence change"] == 41, "40 watch, and the own device"
