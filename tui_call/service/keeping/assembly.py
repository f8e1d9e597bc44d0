"""The parts of what is kept, built once, leaf to root."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tui_call.service.admission import AdmissionControl
from tui_call.service.database import Database, StandardCalls
from tui_call.service.database.kept_index import KeptIndex
from tui_call.service.keeping.downloads import Downloads
from tui_call.service.keeping.files import KeptFiles
from tui_call.service.keeping.options import KeepingOptions
from tui_call.service.keeping.requests import KeptPlace, KeptRequests
from tui_call.service.keeping.retention import Retention
from tui_call.service.keeping.tickets import Tickets
from tui_call.service.limits import TokenBuckets


@dataclass(frozen=True, slots=True)
class ArchiveFoundation:
    """What they are built on.

    Attributes:
        options: for how long, and how much.
        store: the service's database.
        directory: where the files are.
        home: names this service.
        arrivals: who may come in.
        limit: of an account, for what the audit keeps.
        wall_clock: Unix seconds.
        clock: monotonic seconds.
        closing: closes what has to be closed.
    """

    options: KeepingOptions
    store: Database
    directory: Path
    home: str
    arrivals: AdmissionControl
    limit: TokenBuckets
    wall_clock: Callable[[], float]
    clock: Callable[[], float]
    closing: AsyncExitStack


@dataclass(frozen=True, slots=True)
class Archive:
    """What others need of them.

    Attributes:
        requests: answers members.
        downloads: answers who fetches files.
        retention: tells whether more may be begun.
    """

    requests: KeptRequests
    downloads: Downloads
    retention: Retention


async def build_archive(on: ArchiveFoundation) -> Archive:
    """Build them, and delete what is due.

    Raises:
        DatabaseUnusable: the store cannot be used.
    """
    index, files, tickets = KeptIndex(on.store), KeptFiles(on.directory), Tickets(on.clock)
    here = KeptPlace(on.home, on.options.keep_days)
    requests = KeptRequests(index, files, tickets, here, on.limit, on.wall_clock)
    retention = Retention(
        StandardCalls(on.store), index, files, on.options, on.home, on.wall_clock, on.clock
    )
    on.closing.push_async_callback(retention.close)
    await retention.open()
    downloads = Downloads(index, files, tickets, on.arrivals, on.clock)
    return Archive(requests, downloads, retention)
