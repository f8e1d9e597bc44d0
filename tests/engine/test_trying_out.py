"""A microphone that is tried out while the sound of a call is still being closed."""

import pytest

from tests.support.one_process import Resident, a_call, until
from tui_call.control.actions import Action, HearYourself, ListenToMicrophone
from tui_call.engine.calls.focus import CallFocus
from tui_call.engine.calls.leg import Leg


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (ListenToMicrophone(on=True), ListenToMicrophone(on=False)),
        (HearYourself(on=True), HearYourself(on=False)),
    ],
)
async def test_the_end_of_a_call_does_not_end_it(
    ada: Resident, ben: Resident, begin: Action, end: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[object] = []
    leave = CallFocus._leave

    async def watched(self: CallFocus, leg: Leg | None) -> None:
        await leave(self, leg)
        left.append(leg)

    monkeypatch.setattr(CallFocus, "_leave", watched)
    async with a_call(ada, ben):
        pass
    await ada.order(begin)
    await until(lambda: len(left) == 2)
    assert ada.engine.sound.running
    await ada.order(end)
    assert not ada.engine.sound.running
