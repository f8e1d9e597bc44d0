"""A file of the service, fetched so that it is here whole or not at all.

It is written under another name beside its own. Where the connection breaks off it goes on from
there, with another ticket; what is whole is compared with its hash, and only then has its name.
Disk and hash are worked at in a thread: the loop carries sound.
"""

import asyncio
import errno
import hashlib
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar

import aiohttp

from tui_call.control.private_files import create_private
from tui_call.engine.service.faults import ServiceAway
from tui_call.errors import LocalFault
from tui_call.signaling.kept import TICKET_HEADER, FileTicket

PIECE_BYTES = 65_536
MOST_TRIES = 5
"""In a row that brought nothing."""
AGAIN_AFTER = 0.5
"""Seconds before another try."""

_T = TypeVar("_T")

log = logging.getLogger(__name__)

AskTicket = Callable[[], Awaitable[FileTicket]]
"""Asks for a ticket, each of which is good for one request."""
Get = Callable[[dict[str, str]], AbstractAsyncContextManager[aiohttp.ClientResponse]]
"""Asks the service for the file, with headers."""


class FolderMissing(LocalFault):
    """There is no folder of that name. Make it first."""


class FileThere(LocalFault):
    """There is a file of that name already. It was left as it is."""


class DiskFull(LocalFault):
    """There is no room left there. Nothing of it was left."""


class NotWritable(LocalFault):
    """It cannot be written there. Nothing of it was left."""


class CutOff(LocalFault):
    """The connection broke off again and again. Nothing of it was left. Try again."""


class NotThatFile(LocalFault):
    """What came is not the file that was kept. Nothing of it was left. Try again."""


class _Unfinished:
    """A file that is not whole yet, beside the one that it is to be; used in threads.

    Attributes:
        path: the one that it is to be.
        size: bytes so far.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise FileThere(path=path)
        self.size = 0
        self.path = path
        self._here = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._file = create_private(self._here)
        self._hash = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        rest = memoryview(piece)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._hash.update(piece)
        self.size += len(piece)

    def settle(self, sha256: str) -> None:
        """Let it be the file, if it is the one that is meant and there is no other by now."""
        if self._hash.hexdigest() != sha256:
            raise NotThatFile(path=self.path)
        os.fsync(self._file.fileno())
        self._file.close()
        if self.path.exists():
            raise FileThere(path=self.path)
        self._here.rename(self.path)

    def remove(self) -> None:
        """Leave nothing, unless it is the file now."""
        self._file.close()
        self._here.unlink(missing_ok=True)


async def download(ask: AskTicket, get: Get, path: Path) -> int:
    """Fetch a file, and return its size in bytes.

    Args:
        ask: gets a ticket.
        get: asks for the file.
        path: where it is to be.

    Raises:
        LocalFault: the leaf above for what went wrong here.
        ServiceFault: the service is away, or refused.
    """
    file = await on_disk(path, _Unfinished, path)
    try:
        sha256 = await _fetch(ask, get, file)
        await on_disk(path, file.settle, sha256)
    finally:
        await on_disk(path, file.remove)
    return file.size


async def _fetch(ask: AskTicket, get: Get, file: _Unfinished) -> str:
    """Write the whole file, in as many requests as it takes; return its hash as it was told."""
    tries = 0
    while tries < MOST_TRIES:
        before = file.size
        try:
            ticket = await ask()
            await _fetch_rest(ticket, get, file)
        except ServiceAway as error:
            log.info("download broke off", {"error": type(error).__name__})
        else:
            if file.size == ticket.size:
                return ticket.sha256
        tries = 0 if file.size > before else tries + 1
        await asyncio.sleep(AGAIN_AFTER)
    raise CutOff(path=file.path)


async def _fetch_rest(ticket: FileTicket, get: Get, file: _Unfinished) -> None:
    if file.size and file.size == ticket.size:
        return  # the connection broke off behind the last byte
    headers = {TICKET_HEADER: ticket.ticket, "Accept-Encoding": "identity"}
    if file.size:
        headers["Range"] = f"bytes={file.size}-"
    async with get(headers) as response:
        if response.status != (206 if file.size else 200):
            raise ServiceAway
        async for piece in response.content.iter_chunked(PIECE_BYTES):
            if file.size + len(piece) > ticket.size:
                raise NotThatFile(path=file.path)
            await on_disk(file.path, file.write, piece)


async def on_disk(path: Path, work: Callable[..., _T], *arguments: object) -> _T:
    """Work at a file in a thread; what the disk says no to is a leaf above."""
    try:
        return await asyncio.to_thread(work, *arguments)
    except OSError as error:
        raise _fault_of(error)(path=path) from error


def _fault_of(error: OSError) -> type[LocalFault]:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return FolderMissing
        case errno.ENOSPC | errno.EDQUOT:
            return DiskFull
        case errno.EEXIST:
            return FileThere
        case _:
            return NotWritable
