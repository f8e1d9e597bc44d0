"""A screen and an engine of different versions: what each is told, and the way out.

An update replaces the files of both, and an engine may go on running with the old ones. The first
line of each side, and the order to end, are the same in every version of the protocol.
"""

import asyncio
import contextlib
from pathlib import Path

from tui_call.control import codec, platform
from tui_call.control.actions import Stop
from tui_call.control.lines import VERSION, ClientHello, Command
from tui_call.errors import LocalFault
from tui_call.sentences import Sentence, sentence


class OtherVersion(LocalFault):
    """The engine speaks another version of the protocol.

    Attributes:
        version: the engine's.
    """

    sentence_code = "G_OLD_ENGINE"

    def __init__(self, version: int) -> None:
        super().__init__(what_helps(screen=VERSION, engine=version))
        self.version = version


def what_helps(*, screen: int, engine: int) -> Sentence:
    """Return which of two sides of different versions is to be started anew."""
    return sentence("G_OLD_SCREEN" if screen < engine else "G_OLD_ENGINE")


async def end_engine(path: Path, version: int) -> None:
    """Order an engine of another version to end, and return when it is gone.

    Args:
        path: its control socket.
        version: of the protocol that it speaks.
    """
    reader, writer = await platform.connect(path)
    writer.write(codec.encode(ClientHello(version, "cli")))
    writer.write(codec.encode(Command(1, Stop())))
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while await reader.read(65_536):
            pass
    writer.close()
