"""An Ogg Opus file (RFC 7845) of 20 ms packets, which plays up to its last whole page at any time.

A page goes to the system each 200 ms, so a process that is killed loses no more than that. The end
of the stream is a flag of the last page, set in place: it takes no room on a full disk.
"""

import os
import struct
from io import FileIO
from pathlib import Path

from tui_call.control.private_files import create_private
from tui_call.tap.recording.ogg import (
    LONGEST_PAGE,
    MOST_PACKETS,
    PageFlag,
    as_last,
    encode_page,
    last_page,
)
from tui_call.voice.opus import LOOKAHEAD_SAMPLES, is_frame
from tui_call.voice.sound import FRAME_SAMPLES, SAMPLE_RATE

PACKETS_A_PAGE = 10

SILENT_PACKET = b"\xf8\xff\xfe"
"""20 ms of digital silence whatever came before: configuration 31 (CELT, 20 kHz, 20 ms), mono, one
frame with the silence flag (RFC 6716 sections 3.1 and 4.3)."""

CONCEALED_SLOTS = 5
"""So much of a gap is left to the player's own concealment, as RFC 7845 section 4.1 wants it; what
is missing longer than 100 ms is silence."""

_HEADERS = 2  # a page each
_WHOLE_IN_ONE = MOST_PACKETS // PACKETS_A_PAGE
_SERIAL = 1
_VENDOR = b"tui-call"


def opus_head() -> bytes:
    """Return the identification header: RFC 7845 section 5.1."""
    return struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, LOOKAHEAD_SAMPLES, SAMPLE_RATE, 0, 0)


def opus_tags() -> bytes:
    """Return the comment header, without comments: RFC 7845 section 5.2."""
    return struct.pack(f"<8sI{len(_VENDOR)}sI", b"OpusTags", len(_VENDOR), _VENDOR, 0)


class OpusFile:
    """A file that is being written, packet by packet; each packet is 20 ms of it.

    All methods raise an OSError where the file cannot be written; `finish` ends what there is.

    Attributes:
        path: where it is.
        slots: how many packets it has in whole pages, which are what is kept.
        ended: its stream has its end.
    """

    def __init__(self, path: Path, file: FileIO) -> None:
        """Take an empty file, or one that `reopened` puts in order."""
        self.path = path
        self.slots = 0
        self.ended = False
        self._file = file
        self._pages = 0
        self._pending: list[bytes] = []
        self._last_page, self._end = b"", 0
        self._gap = CONCEALED_SLOTS
        self._configuration = 0

    @classmethod
    def created(cls, path: Path) -> "OpusFile":
        """Return a new file, with its headers; where they cannot be written there is none."""
        made = cls(path, create_private(path))
        try:
            made._put_page([opus_head()], PageFlag.FIRST)
            made._put_page([opus_tags()])
        except OSError:
            made._file.close()
            path.unlink()
            raise
        return made

    @classmethod
    def reopened(cls, path: Path) -> "OpusFile":
        """Return a file that another process left, without what it left half written.

        Raises:
            BrokenPage: there is nothing whole in it.
        """
        with path.open("rb") as file:
            start = max(0, file.seek(0, os.SEEK_END) - 2 * LONGEST_PAGE)
            file.seek(start)
            place, head = last_page(tail := file.read())
        made = cls(path, FileIO(path, "r+"))
        made._last_page = tail[place : place + head.size]
        made._end = start + place + head.size
        made._pages, made.slots = head.number + 1, head.granule // FRAME_SAMPLES
        made.ended = PageFlag.LAST in head.flags
        made._file.seek(made._end)
        return made

    def write(self, packet: bytes) -> None:
        """Write the next slot: a packet of 20 ms, b"" where nothing came."""
        self._pending.append(packet or self._gap_packet())
        if packet:
            self._gap, self._configuration = 0, packet[0] & 0xFC
        if len(self._pending) == PACKETS_A_PAGE:
            self._put_pending()

    def write_silence(self, slots: int) -> None:
        """Write so many slots of silence, where nothing waits for a page yet."""
        whole, rest = divmod(slots, PACKETS_A_PAGE)
        for begin in range(0, whole, _WHOLE_IN_ONE):
            packets = min(_WHOLE_IN_ONE, whole - begin) * PACKETS_A_PAGE
            self._put_page([SILENT_PACKET] * packets)
        self._pending = [SILENT_PACKET] * rest

    def sync(self) -> None:
        """Return when all whole pages are on the disk itself."""
        os.fsync(self._file.fileno())

    def finish(self) -> None:
        """End the stream, and close the file; what could not be written whole is cut off.

        A file in which nothing was written becomes one of a silent slot: none is no sound at all.
        """
        if self.slots == 0 and not self._pending:
            self._pending.append(SILENT_PACKET)
        try:
            self._put_pending()
        finally:
            try:
                self._file.seek(self._end - len(self._last_page))
                _write_all(self._file, as_last(self._last_page))
                self._file.truncate(self._end)
                self.sync()
                self.ended = True
            finally:
                self._file.close()

    def _gap_packet(self) -> bytes:
        self._gap += 1
        nothing = bytes((self._configuration,))  # one frame of no bytes: conceal it
        concealed = self._gap <= CONCEALED_SLOTS and is_frame(nothing)  # it may be a shorter one
        return nothing if concealed else SILENT_PACKET

    def _put_pending(self) -> None:
        if self._pending:
            packets, self._pending = self._pending, []
            self._put_page(packets)

    def _put_page(self, packets: list[bytes], flags: PageFlag = PageFlag.NONE) -> None:
        slots = self.slots + len(packets) if self._pages >= _HEADERS else 0
        page = encode_page(packets, slots * FRAME_SAMPLES, _SERIAL, self._pages, flags)
        _write_all(self._file, page)
        self._pages, self.slots = self._pages + 1, slots
        self._last_page, self._end = page, self._end + len(page)


def _write_all(file: FileIO, data: bytes) -> None:
    """Write unbuffered, also where the system takes it in pieces."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]
