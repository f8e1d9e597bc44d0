"""How a service carries standard calls."""

from dataclasses import dataclass
from pathlib import Path

from tui_call.service.process_link import ProcessBeside


@dataclass(frozen=True, slots=True)
class CaptionOptions:
    """The speech engine.

    Attributes:
        model: folder of the model, None for the built-in one.
        language: of the model, for one that knows several.
        threads: that recognise speech.
    """

    model: Path | None = None
    language: str = "en"
    threads: int = 1


@dataclass(frozen=True, slots=True)
class BridgeOptions:
    """How to run the bridge, and where calls are parked.

    Attributes:
        port: UDP port of the bridge, 0 for the number of the service's TCP port.
        public_address: IP address at which others reach it, "" for its own.
        first_slot: number of the first slot at which calls are parked.
        slots: how many there are.
        captions: how speech is recognised.
        worker: another process than the bridge worker's own, for tests.
        tap: the same of the tap.
    """

    port: int = 0
    public_address: str = ""
    first_slot: int = 71
    slots: int = 29
    captions: CaptionOptions = CaptionOptions()
    worker: ProcessBeside | None = None
    tap: ProcessBeside | None = None
