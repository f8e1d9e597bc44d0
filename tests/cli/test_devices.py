"""`tui-call device link`: what is said of a link that came to nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.fake_engine import NOW, FakeEngine, ready, said
from tui_call.cli import devices as device_commands
from tui_call.cli.devices import NothingLinked
from tui_call.control.actions import LinkDevice, ListDevices
from tui_call.control.selection import NoOtherDevice
from tui_call.control.views import EventView, MeView, OwnDeviceView


@pytest.mark.parametrize("expired_at_the_service", [True, False])
def test_a_link_that_nobody_used_is_said_to_have_expired(
    monkeypatch: pytest.MonkeyPatch, expired_at_the_service: bool
) -> None:
    full = tuple(EventView(NOW + number, said("G_SERVICE_BACK")) for number in range(3))
    came = [EventView(NOW + 3, said("G_OPENED"))]
    if expired_at_the_service:
        came.append(EventView(NOW + 4, said("D_LINK_EXPIRED", device="A device")))

    class Engine(FakeEngine):
        async def command(self, action: Any) -> Any:
            self.change(notices=(*full, *came)[-len(full) :])
            return await super().command(action)

    engine = Engine(ready(notices=full))
    engine.results[LinkDevice] = {"link": "tui-call://h:1/link?x", "expires": 0}

    def run(_profile: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return asyncio.run(work(engine))  # type: ignore[arg-type]

    monkeypatch.setattr(device_commands, "run", run)
    told = CliRunner().invoke(device_commands.link, ["--no-qr"], obj="default")
    assert isinstance(told.exception, NothingLinked)
    assert told.exception.sentence == (
        said("D_LINK_EXPIRED", device="A device")
        if expired_at_the_service
        else said("F_NOTHING_LINKED")
    )
    assert told.output.count(said("G_OPENED").text) == 1


@pytest.mark.parametrize("name", ["nonesuch", "laptop", "b1", ""])
def test_nobody_is_asked_about_a_device_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    own = (OwnDeviceView("a0" * 16, "laptop", here=True), OwnDeviceView("b1" * 16, "desk"))
    engine = FakeEngine(ready(me=MeView("ready", "default", holds_key=True, devices=own)))

    def run(_profile: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return asyncio.run(work(engine))  # type: ignore[arg-type]

    monkeypatch.setattr(device_commands, "run", run)
    told = CliRunner().invoke(device_commands.remove, [name], obj="default", input="y\n")
    assert isinstance(told.exception, NoOtherDevice)
    assert told.output == ""
    assert engine.actions == [ListDevices()]
