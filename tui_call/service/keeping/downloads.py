"""`GET /v1/kept/ID/FILE`: a file, or a range of it, for a ticket that a device has asked for.

Whoever comes without a good ticket is a stranger, pays as one, and gets one answer. With one it is
a member's device, which may stay as long as it reads.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import BinaryIO

from aiohttp import web

from tui_call.errors import LocalFault
from tui_call.service.admission import AdmissionControl
from tui_call.service.arrivals import Arrival
from tui_call.service.database.kept_index import KeptIndex
from tui_call.service.keeping.access import rights_of
from tui_call.service.keeping.files import KeptFiles
from tui_call.service.keeping.tickets import Claim, Tickets
from tui_call.service.limits import FAILURE_COST
from tui_call.signaling.kept import TICKET_HEADER

PIECE_BYTES = 65_536
PIECE_WITHIN = 30.0
"""Seconds in which a client has to read a piece."""
LOOKED_EACH = 5.0
"""Seconds after which it is looked up again whether a device may have what it is being sent."""
MOST_AT_ONCE = 4
"""Files that are on their way to one device."""


@dataclass(frozen=True, slots=True)
class _Span:
    begin: int
    end: int
    is_range: bool


class Downloads:
    """Answers requests for files."""

    def __init__(
        self,
        index: KeptIndex,
        files: KeptFiles,
        tickets: Tickets,
        arrivals: AdmissionControl,
        clock: Callable[[], float],
    ) -> None:
        """Prepare.

        Args:
            index: tells what a device may still have.
            files: are read.
            tickets: that were given out.
            arrivals: lets strangers pay, and members stay.
            clock: monotonic seconds.
        """
        self._index = index
        self._files = files
        self._tickets = tickets
        self._arrivals = arrivals
        self._clock = clock
        self._under_way = Counter[str]()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, which costs what one of a stranger does."""
        arrival = self._arrivals.find(request.protocol)
        if arrival is None or not self._arrivals.pay(arrival):
            return web.Response(status=429)
        claim = self._claimed(request)
        if claim is None:
            self._arrivals.punish(arrival, FAILURE_COST)
            return web.Response(status=404)
        if self._under_way[claim.device] >= MOST_AT_ONCE:
            return web.Response(status=429)
        self._under_way[claim.device] += 1
        try:
            return await self._send(request, arrival, claim)
        finally:
            self._under_way[claim.device] -= 1
            if not self._under_way[claim.device]:
                del self._under_way[claim.device]

    def _claimed(self, request: web.Request) -> Claim | None:
        """Return what the ticket is good for, if that is what is asked for; it is used up."""
        claim = self._tickets.take(request.headers.get(TICKET_HEADER, ""))
        wanted = (request.match_info["kept"], request.match_info["file"])
        return claim if claim is not None and (claim.kept, claim.file) == wanted else None

    async def _send(
        self, request: web.Request, arrival: Arrival, claim: Claim
    ) -> web.StreamResponse:
        if not await self._may_have(claim):
            return web.Response(status=404)
        self._arrivals.admit(arrival)
        file = await asyncio.to_thread(self._files.open, claim.kept, claim.file)
        if file is None:
            return web.Response(status=404)
        with file:
            return await self._stream(request, file, arrival, claim)

    async def _stream(
        self, request: web.Request, file: BinaryIO, arrival: Arrival, claim: Claim
    ) -> web.StreamResponse:
        """Send a file, or the range of it that is asked for; who does not read it is cut."""
        size = await asyncio.to_thread(file.seek, 0, os.SEEK_END)
        span = _span(request, size)
        if span is None:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        response = web.StreamResponse(
            status=206 if span.is_range else 200,
            headers={"Accept-Ranges": "bytes", "Cache-Control": "no-store"},
        )
        response.content_type = "application/octet-stream"
        response.content_length = span.end - span.begin
        if span.is_range:
            response.headers["Content-Range"] = f"bytes {span.begin}-{span.end - 1}/{size}"
        await response.prepare(request)
        try:
            async for piece in self._while_allowed(claim, _pieces(file, span)):
                async with asyncio.timeout(PIECE_WITHIN):
                    await response.write(piece)
        except (TimeoutError, EOFError, OSError):  # who reads has gone, or must; or what is read
            arrival.cut()
        return response

    async def _while_allowed(
        self, claim: Claim, pieces: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """Yield pieces; raises `EOFError` once the device may not have them any more."""
        looked = self._clock()
        async for piece in pieces:
            if self._clock() - looked >= LOOKED_EACH:
                looked = self._clock()
                if not await self._may_have(claim):
                    raise EOFError
            yield piece

    async def _may_have(self, claim: Claim) -> bool:
        """Tell whether the device still may: it can have been removed since it asked."""
        try:
            found = await self._index.find(claim.device, claim.kept)
        except LocalFault:
            return False
        return found is not None and rights_of(*found).export


async def _pieces(file: BinaryIO, span: _Span) -> AsyncIterator[bytes]:
    def read(at: int) -> bytes:
        file.seek(at)
        return file.read(min(PIECE_BYTES, span.end - at))

    at = span.begin
    while at < span.end:
        piece = await asyncio.to_thread(read, at)
        if not piece:
            raise EOFError
        at += len(piece)
        yield piece


def _span(request: web.Request, size: int) -> _Span | None:
    """Return what is asked for of a file, None where there is no such part (RFC 9110, 14)."""
    try:
        asked = request.http_range
    except ValueError:
        return None
    begin, end, _ = asked.indices(size)
    is_range = asked.start is not None or asked.stop is not None
    return None if is_range and begin >= end else _Span(begin, end, is_range)
