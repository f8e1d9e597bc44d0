"""`python -m tui_call.bridge`: one worker, for the service that started it and the next one."""

import argparse
import gc
from pathlib import Path

from tui_call.bridge.tap_stream import TapStream
from tui_call.bridge.tones import Tones
from tui_call.bridge.worker import Worker, WorkerPlace
from tui_call.control import companion, platform
from tui_call.control.door import answers

TAP_SOCKET = "frames.sock"
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - sockets are opened for each address


def main() -> None:
    """Run a worker by the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tui_call.bridge", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where services connect")
    parser.add_argument("--port", type=int, default=0, help="UDP; 0 chooses one")
    parser.add_argument("--address", action="append", help="to be reached at; may be repeated")
    parser.add_argument("--public-address", default="", help="reached from outside at this one")
    parser.add_argument("--tap", type=Path, help="where the tap takes frames, beside the socket")
    parser.add_argument("--log", type=Path, help="a file for its log")
    given = parser.parse_args()
    place = WorkerPlace(given.port, given.address or _EVERYWHERE, given.public_address)
    tap = given.tap or given.socket.with_name(TAP_SOCKET)
    companion.run_companion(_run(given.socket, place, tap), given.log)


async def _run(socket: Path, place: WorkerPlace, tap: Path) -> None:
    if await answers(socket):
        return  # one is enough; whoever started this one finds the other
    worker = Worker(place, _tones, TapStream(tap))
    stopped = companion.stopped_by_signals()
    platform.favour_thread()
    async with companion.listening(socket, worker.services.serve):
        # What is there now stays: the collector has next to nothing to look at while there is
        # sound.
        gc.collect()
        gc.freeze()
        await worker.run(stopped)


def _tones() -> Tones:
    # With it comes all that makes sound, which nobody has to wait for.
    from tui_call.bridge.encoded_tones import encoded_tones

    return encoded_tones()


main()
