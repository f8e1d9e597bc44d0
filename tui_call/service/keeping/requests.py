"""What people ask of what was kept: lists, tickets for files, deletion.

For whoever may not know of a recording it does not exist: the same question finds nothing, the same
sentence says so.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tui_call.service.database.audit import AuditEntry
from tui_call.service.database.kept_index import Indexed, IndexedFile, KeptIndex, Viewer
from tui_call.service.faults import (
    KeptAway,
    KeptNotAllowed,
    KeptRunning,
    TooMany,
    Unavailable,
    UnknownKept,
)
from tui_call.service.keeping.access import kept_until, rights_of
from tui_call.service.keeping.files import KeptFiles
from tui_call.service.keeping.tickets import Tickets
from tui_call.service.limits import TokenBuckets
from tui_call.service.questions.pages import fitting
from tui_call.service.session import ClientSession
from tui_call.signaling.kept import (
    MOST_LISTED,
    AskForFile,
    DeleteKept,
    FileTicket,
    KeptList,
    KeptState,
    ListedFile,
    ListedKept,
    ListedPerson,
    ListKept,
)
from tui_call.signaling.messages import MESSAGE_BYTES, Done

_ROOM = MESSAGE_BYTES - 2048
"""Bytes of the rows of a list: the rest is for what stands beside them."""
_FILES_ROOM, _PEOPLE_ROOM = _ROOM * 3 // 4, _ROOM // 5
"""The same of the files and the people that are told of one, so that a row always fits."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """Where things are.

    Attributes:
        home: names this service.
        keep_days: as in `KeepingOptions`.
    """

    home: str
    keep_days: int


class KeptRequests:
    """Answers members."""

    def __init__(
        self,
        index: KeptIndex,
        files: KeptFiles,
        tickets: Tickets,
        here: KeptPlace,
        limit: TokenBuckets,
        wall_clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            index: finds what somebody may know of.
            files: removes them.
            tickets: lets files be fetched.
            here: where this is.
            limit: how often an account may make the audit grow.
            wall_clock: Unix seconds.
        """
        self._index = index
        self._files = files
        self._tickets = tickets
        self._here = here
        self._limit = limit
        self._wall_clock = wall_clock

    async def list_kept(self, session: ClientSession, request: ListKept) -> None:
        """Tell what one may know of, the newest first, as much as fits."""
        found = await self._index.listed(
            session.device, request.kind or None, request.before, MOST_LISTED + 1
        )
        if found is None:
            session.put(KeptList(request.request))
            return
        viewer, kept = found
        page = fitting([self._shown(viewer, one) for one in kept[:MOST_LISTED]], _ROOM)
        if more := kept[len(page) :]:
            # The next page begins before the last of this one: it ends between two seconds.
            page = tuple(one for one in page if one.began > more[0].began) or page
        session.put(KeptList(request.request, page, more=bool(more)))

    async def ask_for_file(self, session: ClientSession, request: AskForFile) -> None:
        """Give a ticket for a file, once the audit has it.

        Raises:
            UnknownKept, KeptNotAllowed, KeptAway: it is not there, not for this one, or elsewhere.
            TooMany: the account asks for many.
        """
        viewer, kept = await self._find(session, request.kept)
        if not rights_of(viewer, kept).export:
            raise KeptNotAllowed
        if not self._is_here(kept):
            raise KeptAway
        file = next((file for file in kept.files if file.name == request.file), None)
        if file is None:
            raise UnknownKept
        entry = self._entry(session, kept, "export", f"{file.name}, call {kept.call}")
        await self._index.note(entry, self._now())
        ticket = self._tickets.give(session.device, kept.id, file.name)
        session.put(FileTicket(request.request, ticket, file.size, file.sha256))

    async def delete_kept(self, session: ClientSession, request: DeleteKept) -> None:
        """Delete one with its files; from the audit row on nobody finds it.

        Files on another computer go when its service sweeps: an administrator does not wait for it.

        Raises:
            UnknownKept, KeptNotAllowed, KeptAway: as above.
            KeptRunning: it goes on.
            Unavailable: a file is still there; the next sweep deletes it.
        """
        viewer, kept = await self._find(session, request.kept)
        if not rights_of(viewer, kept).delete:
            raise KeptNotAllowed
        if not (self._is_here(kept) or viewer.role == "admin"):
            raise KeptAway
        if self._runs(kept):
            raise KeptRunning
        entry = self._entry(session, kept, "delete", f"call {kept.call}")
        if not await self._index.mark_removed(entry, self._now()):
            raise UnknownKept
        if self._is_here(kept):
            await self._remove(kept.id)
        session.put(Done(request.request))

    async def _remove(self, kept: str) -> None:
        try:
            await asyncio.to_thread(self._files.remove, kept)
        except OSError as error:
            log.warning("not deleted yet", {"reason": error.strerror})
            raise Unavailable from error
        await self._index.forget(kept)

    async def _find(self, session: ClientSession, kept: str) -> tuple[Viewer, Indexed]:
        found = await self._index.find(session.device, kept)
        if found is None:
            raise UnknownKept
        return found

    def _is_here(self, kept: Indexed) -> bool:
        return kept.home == self._here.home

    def _runs(self, kept: Indexed) -> bool:
        """Tell whether files may still be written; nobody knows when one that is away is closed."""
        return kept.runs if self._is_here(kept) else kept.ended is None

    def _entry(self, session: ClientSession, kept: Indexed, done: str, detail: str) -> AuditEntry:
        """Return the audit's row; raises `TooMany` where an account makes it grow."""
        if not self._limit.take(session.account):
            raise TooMany
        action, address = f"{kept.kind}.{done}", session.arrival.address
        return AuditEntry(session.account, action, kept.id, detail, session.device, address)

    def _shown(self, viewer: Viewer, kept: Indexed) -> ListedKept:
        rights = rights_of(viewer, kept)
        is_here = self._is_here(kept)
        may_delete = rights.delete and (is_here or viewer.role == "admin")
        return ListedKept(
            kept.id,
            kept.kind,
            kept.call,
            kept.started_by,
            kept.started_by_name,
            kept.began,
            kept.ended or 0,
            _state(kept, is_here=is_here),
            sum(part.seconds for part in kept.parts),
            fitting([ListedPerson(*person) for person in kept.people], _PEOPLE_ROOM),
            fitting([_listed(file) for file in kept.files], _FILES_ROOM),
            kept_until(kept.ended, self._here.keep_days, kept.keep_days),
            may_export=rights.export and is_here,
            may_delete=may_delete and not self._runs(kept),
            call_began=kept.call_began or 0,
            finishing=is_here and kept.finishing,
        )

    def _now(self) -> int:
        return int(self._wall_clock())


def _listed(file: IndexedFile) -> ListedFile:
    return ListedFile(file.name, file.size, file.sha256, file.part, file.account)


def _state(kept: Indexed, *, is_here: bool) -> KeptState:
    state: Literal["whole", "cut_short"] = "cut_short" if kept.cut_short else "whole"
    if not is_here:
        return "away"
    return "running" if kept.runs else state
