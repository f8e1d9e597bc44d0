"""What was kept of standard calls, as the service lists it for the person here."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from tui_call.engine.service.download import download
from tui_call.engine.service.faults import KeptAway, ServiceAway, UnknownKept
from tui_call.engine.service.membership import ServiceMembership
from tui_call.errors import LocalFault
from tui_call.signaling import kept as signaling
from tui_call.signaling.kept import PATH, FileTicket, KeptList, ListedFile, ListedKept

MOST_PAGES = 200
"""That are looked through for one: more than a person is in calls."""


class SeveralKept(LocalFault):
    """Several begin like that. Type more of the id."""


class StillBeingKept(LocalFault):
    """It goes on. Stop it first, then export it."""


class StillBeingWritten(LocalFault):
    """It is over, and is being written. Try again in a moment."""


class KeptCalls:
    """Asks the service for lists, files and deletion."""

    def __init__(self, membership: ServiceMembership) -> None:
        self._membership = membership

    async def listed(self, kind: signaling.KindOfKept | str, before: int) -> KeptList:
        """Return a page of them, the newest first.

        Args:
            kind: "" for both.
            before: Unix seconds before which they began, 0 for all.

        Raises:
            ServiceFault: the service is away, or refused.
        """
        kinds: dict[str, signaling.KindOfKept] = {one: one for one in ("recording", "transcript")}
        answer = await self._membership.request(
            lambda number: signaling.ListKept(number, kinds.get(kind, ""), before)
        )
        if not isinstance(answer, KeptList):
            raise ServiceAway
        return answer

    async def find(self, text: str, kind: signaling.KindOfKept | str = "") -> ListedKept:
        """Return the one whose id begins so, of a kind or of both.

        Raises:
            UnknownKept: there is none that the person may see.
            SeveralKept: it could be another one too.
            ServiceFault: as above.
        """
        found = [one async for one in self._all(kind) if text and one.id.startswith(text)]
        if len(found) > 1:
            raise SeveralKept
        if not found:
            raise UnknownKept
        return found[0]

    async def fetch(self, kept: ListedKept, file: ListedFile, path: Path) -> None:
        """Bring a file here.

        Raises:
            LocalFault, ServiceFault: see `download`.
        """
        get = partial(self._membership.get, f"{PATH}/{kept.id}/{file.name}")
        await download(partial(self._ticket, kept.id, file.name), get, path)

    async def delete(self, kept: ListedKept) -> None:
        """Delete one for everybody.

        Raises:
            StillBeingWritten: it is over, and its files are not complete yet.
            ServiceFault: the service is away, or refused.
        """
        _expect_written(kept)
        await self._membership.request(lambda number: signaling.DeleteKept(number, kept.id))

    async def _all(self, kind: str) -> AsyncIterator[ListedKept]:
        before = 0
        for _ in range(MOST_PAGES):
            page = await self.listed(kind, before)
            for one in page.kept:
                yield one
            if not page.more or not page.kept:
                return
            before = page.kept[-1].began

    async def _ticket(self, kept: str, file: str) -> FileTicket:
        answer = await self._membership.request(
            lambda number: signaling.AskForFile(number, kept, file)
        )
        if not isinstance(answer, FileTicket):
            raise ServiceAway
        return answer


def expect_files(kept: ListedKept) -> None:
    """Return if the files of one can be fetched.

    Raises:
        StillBeingWritten: it is over, and they are not complete yet.
        StillBeingKept: it goes on.
        KeptAway: the computer on whose disk they are is away.
    """
    _expect_written(kept)
    if kept.state == "running":
        raise StillBeingKept
    if kept.state == "away":
        raise KeptAway


def _expect_written(kept: ListedKept) -> None:
    if kept.finishing:
        raise StillBeingWritten
