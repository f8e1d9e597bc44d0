"""A service that holds back what two devices say to each other, and the screen that says so."""

from pathlib import Path

import pytest

from tests.support.one_process import Resident, a_call, until, village
from tests.tui.conftest import Start
from tui_call.control.actions import Mute
from tui_call.e2ee.messages import MessageType, peek
from tui_call.engine.calls import call_watch
from tui_call.service.routing import Router
from tui_call.service.session import ClientSession
from tui_call.signaling.messages import Send

SAID = "The service holds back messages of this call. The sound is not affected."


class Withholding(Router):
    """Passes on nothing of the control channel once it is told so."""

    withholds = False

    async def send(self, sender: ClientSession, message: Send) -> None:
        if not (self.withholds and peek(message.payload).type is MessageType.CTL):
            await super().send(sender, message)


def told(person: Resident) -> list[str]:
    return [event.sentence.code for event in person.call.events]


@pytest.mark.lengthy
async def test_the_screen_says_that_the_service_holds_messages_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    monkeypatch.setattr(call_watch, "WITHHELD_AFTER", 1.0)
    async with village(tmp_path, monkeypatch, Withholding) as here:
        ada, ben = await here.resident("ada"), await here.resident("ben")
        async with a_call(ada, ben):
            async with start(ada.snapshot) as it:
                assert SAID not in " ".join(it.text.split())
            monkeypatch.setattr(Withholding, "withholds", True)
            await ada.order(Mute(True))
            await until(lambda: "R_WITHHELD" in told(ada))
            assert not ben.call.member.silent, "nothing of it arrived"
            await ada.hears_more()
            await ben.hears_more()
            async with start(ada.snapshot) as it:
                assert SAID in " ".join(it.text.split())
            assert told(ada).count("R_WITHHELD") == 1
