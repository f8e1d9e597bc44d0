"""`python -m tui_call.bridge`: one worker, for the service that started it and the next one."""

import argparse
import asyncio
import contextlib
import gc
import sys
from pathlib import Path

from tui_call.bridge.tones import Tones
from tui_call.bridge.worker import Worker, WorkerPlace
from tui_call.control import platform
from tui_call.errors import LocalFault
from tui_call.logs import log_to

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - sockets are opened for each address


def main() -> None:
    """Run a worker by the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tui_call.bridge", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where services connect")
    parser.add_argument("--port", type=int, default=0, help="UDP; 0 chooses one")
    parser.add_argument("--address", action="append", help="to be reached at; may be repeated")
    parser.add_argument("--public-address", default="", help="reached from outside at this one")
    parser.add_argument("--log", type=Path, help="a file for its log")
    given = parser.parse_args()
    platform.keep_memory_out_of_core_dumps()
    if given.log is not None:
        log_to(given.log)
    place = WorkerPlace(given.port, given.address or _EVERYWHERE, given.public_address)
    try:
        asyncio.run(_run(given.socket, place))
    except LocalFault as fault:
        sys.exit(f"tui-call: {fault}")


async def _run(socket: Path, place: WorkerPlace) -> None:
    if await _answers(socket):
        return  # one is enough, and whoever started this one finds the other
    worker = Worker(place, _tones)
    stopped = asyncio.Event()
    platform.stop_on_signals(asyncio.get_running_loop(), stopped.set)
    platform.make_private_directory(socket.parent)
    platform.favour_thread()
    server = await platform.listen(socket, worker.serve)
    # What is there now stays: the collector has next to nothing to look at while there is sound.
    gc.collect()
    gc.freeze()
    try:
        await worker.run(stopped)
    finally:
        with contextlib.suppress(OSError):
            socket.unlink()
        server.close()


def _tones() -> Tones:
    # With it comes all that makes sound, which nobody has to wait for.
    from tui_call.bridge.encoded_tones import encoded_tones

    return encoded_tones()


async def _answers(socket: Path) -> bool:
    try:
        _, writer = await platform.connect(socket)
    except (OSError, ValueError):
        return False
    writer.close()
    return True


main()
