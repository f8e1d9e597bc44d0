"""Calls over a service whose parts reach each other badly: messages get lost, doubled and late."""

from pathlib import Path

import pytest

from tests.support.faulty_bus import FaultyBus
from tests.support.one_process import a_call, until, village
from tui_call.control.actions import Call
from tui_call.service import root
from tui_call.service.bus.in_process import InProcessBus


@pytest.mark.lengthy
async def test_calls_come_about_whatever_the_bus_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = FaultyBus(InProcessBus(), seed=11)
    monkeypatch.setattr(root, "InProcessBus", lambda: bus)
    async with village(tmp_path, monkeypatch) as here:
        ada, ben = await here.resident("ada"), await here.resident("ben")
        async with a_call(ada, ben):
            await ben.hears_more()
        async with a_call(ben, ada):
            await ada.hears_more()
        assert bus.lost
        assert bus.doubled
        await ben.engine.membership.disconnect()
        await until(lambda: here.service.online.find(ben.account, ben.device) is None)
        await ada.order(Call(ben.account))
        await until(lambda: ada.phase == "ended")
        assert ada.call.end_reason.code == "R_OFFLINE"
