"""Messages to other devices that are sent again."""

from tests.support.one_process import until
from tui_call.engine.service.postbox import Postbox
from tui_call.signaling.messages import ClientMessage


async def test_what_could_not_be_sent_again_is_told_and_tried_once_more() -> None:
    sent: list[ClientMessage] = []
    failures: list[str] = []

    def transmit(message: ClientMessage) -> bool:
        sent.append(message)
        if len(sent) == 2:
            raise KeyError
        return True

    postbox = Postbox(transmit, lambda work, _: failures.append(work))
    postbox.send(bytes(16), "ben@home", bytes(16), b"payload", repeat=True)
    await until(lambda: len(sent) == 3)
    postbox.close()
    assert failures == ["repeat"]
