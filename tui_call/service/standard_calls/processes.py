"""The processes that standard calls need beside the service, and where they find each other."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tui_call.service.local_process import LocalProcess, socket_in
from tui_call.service.process_link import ProcessBeside
from tui_call.service.standard_calls.options import BridgeOptions

RECORDINGS = "recordings"
"""Directory of what is kept, in the state directory."""
FRAMES = "frames"
"""Names the socket at which the tap takes frames of the worker."""


@dataclass(frozen=True, slots=True)
class CallProcesses:
    """Them.

    Attributes:
        worker: the bridge worker.
        tap: what writes and reads what a call is kept and captioned of.
    """

    worker: ProcessBeside
    tap: ProcessBeside


def processes_of(
    options: BridgeOptions, state_directory: Path, port: int, listens_at: Callable[[], str]
) -> CallProcesses:
    """Return the processes of a service.

    Args:
        options: how standard calls are carried.
        state_directory: of the service.
        port: UDP, where the options name none.
        listens_at: tells the address at which the service listens now.
    """

    def frames() -> str:
        return str(socket_in(state_directory, FRAMES))

    def for_worker() -> tuple[str, ...]:
        where = ("--port", str(options.port or port), "--address", listens_at(), "--tap", frames())
        public = options.public_address
        return (*where, "--public-address", public) if public else where

    def for_tap() -> tuple[str, ...]:
        speech = options.captions
        where = ("--directory", str(state_directory / RECORDINGS), "--frames", frames())
        how = ("--language", speech.language, "--threads", str(speech.threads))
        return (*where, *how, "--model", str(speech.model)) if speech.model else (*where, *how)

    return CallProcesses(
        options.worker or LocalProcess("bridge", state_directory, for_worker),
        options.tap or LocalProcess("tap", state_directory, for_tap),
    )
