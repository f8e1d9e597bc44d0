"""Where a service keeps its store: in a file of its state directory, or in PostgreSQL."""

from dataclasses import dataclass
from pathlib import Path

from tui_call.service.database.examining import StoreFacts, examine, examine_postgresql
from tui_call.service.faults import NotBegun, StoreElsewhere

DATABASE_FILE = "service.db"


@dataclass(frozen=True, slots=True)
class StorePlace:
    """A store, whether or not a service has it.

    Attributes:
        directory: the service's state directory.
        url: of PostgreSQL, "" for a file in the directory.
    """

    directory: Path
    url: str = ""

    @property
    def file(self) -> Path:
        """The file.

        Raises:
            StoreElsewhere: it is in PostgreSQL, which has tools of its own.
        """
        if self.url:
            raise StoreElsewhere
        return self.directory / DATABASE_FILE

    async def examine(self) -> StoreFacts:
        """Look at it, also while a service has it.

        Raises:
            NotBegun: there is none.
            DatabaseUnusable: it cannot be read.
        """
        if not self.url and not self.file.exists():
            raise NotBegun(path=self.directory)
        return await examine_postgresql(self.url) if self.url else examine(self.file)
