"""That the engine is to end, and why."""

import asyncio

from tui_call.errors import LocalFault


class Ending:
    """Told by whoever knows of it, and waited for by the process.

    Attributes:
        stopping: set once the engine is to end.
        failure: why, where nobody told it to.
    """

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.failure: LocalFault | None = None

    @property
    def ordered(self) -> bool:
        """Whether somebody told it to."""
        return self.stopping.is_set() and self.failure is None

    def fail(self, fault: LocalFault) -> None:
        """End for something that goes wrong."""
        self.failure = fault
        self.stopping.set()
