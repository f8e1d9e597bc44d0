"""Opus (RFC 6716) through the libopus that PyAV's wheel carries.

PyAV's own codec classes have neither packet loss concealment nor in-band FEC, and its encoder
ignores some settings, so this is a small ctypes binding over the library itself. Where PyAV has
none, the system's libopus serves.
"""

import ctypes
import ctypes.util
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tui_call.errors import LocalFault, RemoteFault
from tui_call.voice.coding import Coding
from tui_call.voice.samples import Samples
from tui_call.voice.sound import FRAME_SAMPLES, FRAMES_PER_SECOND, SAMPLE_RATE

MOST_PACKET_BYTES = 1275  # one Opus frame, RFC 6716 section 3.2

LOOKAHEAD_SAMPLES = 312
"""By so much a decoded sound is later than what was encoded: OPUS_GET_LOOKAHEAD at 48 kHz."""

_BUNDLED = ("av.libs/libopus-*.so*", "av/.dylibs/libopus.0.dylib", "av.libs/libopus-0-*.dll")
_MOST_FRAMES = 48  # in one packet, RFC 6716 section 3.2.5
_APPLICATION_VOIP = 2048
_SIGNAL_VOICE = 3001
_SET_BITRATE = 4002
_SET_MAX_BANDWIDTH = 4004
_SET_VBR = 4006
_SET_INBAND_FEC = 4012
_SET_PACKET_LOSS_PERC = 4014
_SET_DTX = 4016
_SET_SIGNAL = 4024
_FIRST_CELT_ONLY = 16  # configuration numbers 16-31 have no SILK layer, RFC 6716 table 2


_SETTLING_FRAMES = 5
"""Frames after which an encoder has heard nothing but what it is given."""


class OpusMissing(LocalFault):
    """The Opus codec is missing: reinstall tui-call, or install libopus."""


class OpusFailure(LocalFault):
    """The Opus codec did not take a setting or a frame."""


class MalformedAudio(RemoteFault):
    """The other end sent sound that is not one 20 ms frame of Opus."""


class Encoder:
    """Encodes 20 ms frames at a constant size: constant bit rate, no DTX, in-band FEC on.

    FEC takes bits only while the expected loss is above zero.
    """

    def __init__(self, coding: Coding) -> None:
        self._library = library()
        error = ctypes.c_int()
        self._state = self._library.opus_encoder_create(
            SAMPLE_RATE, 1, _APPLICATION_VOIP, ctypes.byref(error)
        )
        _check(self._library, error.value)
        self._packet = ctypes.create_string_buffer(MOST_PACKET_BYTES)
        for request, value in (
            (_SET_VBR, 0),
            (_SET_DTX, 0),
            (_SET_INBAND_FEC, 1),
            (_SET_SIGNAL, _SIGNAL_VOICE),
        ):
            self._set(request, value)
        self.use(coding)

    def __del__(self) -> None:
        """Free the codec's memory."""
        if getattr(self, "_state", None):
            self._library.opus_encoder_destroy(self._state)

    def use(self, coding: Coding) -> None:
        """Go on with another coding; the sound has no seam."""
        self._set(_SET_BITRATE, coding.bitrate)
        self._set(_SET_MAX_BANDWIDTH, coding.bandwidth)
        self._set(_SET_PACKET_LOSS_PERC, max(0, min(100, coding.expected_loss)))
        self.coding = coding

    def encode(self, pcm: Samples) -> bytes:
        """Return the packet of one frame (int16[960]), always of `coding.packet_bytes`."""
        if pcm.shape != (FRAME_SAMPLES,) or pcm.dtype != np.int16:
            raise OpusFailure("frame", n=FRAME_SAMPLES)
        frame = np.ascontiguousarray(pcm)
        size = self._library.opus_encode(
            self._state, frame.ctypes.data, FRAME_SAMPLES, self._packet, self.coding.packet_bytes
        )
        _check(self._library, size)
        return self._packet.raw[:size]

    def _set(self, request: int, value: int) -> None:
        # Extra arguments beyond argtypes are passed as variadic ones, as opus_encoder_ctl wants.
        status = self._library.opus_encoder_ctl(self._state, request, ctypes.c_int(value))
        _check(self._library, status)


class Decoder:
    """Decodes one stream of 20 ms frames, with the codec's own concealment and FEC.

    Args:
        rate: samples a second of what it gives: 48,000, or 8,000, 12,000, 16,000 or 24,000, which
            costs less than resampling afterwards.
    """

    def __init__(self, rate: int = SAMPLE_RATE) -> None:
        self._library = library()
        self._frame_samples = rate // FRAMES_PER_SECOND
        error = ctypes.c_int()
        self._state = self._library.opus_decoder_create(rate, 1, ctypes.byref(error))
        _check(self._library, error.value)

    def __del__(self) -> None:
        """Free the codec's memory."""
        if getattr(self, "_state", None):
            self._library.opus_decoder_destroy(self._state)

    def decode(self, packet: bytes) -> Samples:
        """Return the frame of a packet.

        Raises:
            MalformedAudio: the packet is not one 20 ms frame of Opus.
        """
        self._check_packet(packet)
        return self._decode(packet, fec=False)

    def decode_fec(self, next_packet: bytes) -> Samples:
        """Return the lost frame before `next_packet`, which must be decoded itself afterwards.

        A packet that carries no FEC (see `carries_fec`) gives the same as `conceal`.

        Raises:
            MalformedAudio: as `decode`.
        """
        self._check_packet(next_packet)
        return self._decode(next_packet, fec=True)

    def conceal(self) -> Samples:
        """Return a frame that goes on from the sound so far, for a lost one."""
        return self._decode(None, fec=False)

    def carries_fec(self, packet: bytes) -> bool:
        """Tell whether a packet carries a low bit rate copy of the frame before it."""
        return carries_fec(packet)

    def _check_packet(self, packet: bytes) -> None:
        if not 1 <= len(packet) <= MOST_PACKET_BYTES:
            raise MalformedAudio
        if _samples(self._library, packet) != FRAME_SAMPLES:
            raise MalformedAudio

    def _decode(self, packet: bytes | None, *, fec: bool) -> Samples:
        pcm = np.empty(self._frame_samples, dtype=np.int16)
        size = 0 if packet is None else len(packet)
        count = self._library.opus_decode(
            self._state, packet, size, pcm.ctypes.data, self._frame_samples, int(fec)
        )
        if count != self._frame_samples:
            raise MalformedAudio
        return pcm


def carries_fec(packet: bytes) -> bool:
    """Tell whether a packet carries a low bit rate copy of the frame before it.

    Reads the LBRR flag of the SILK layer: RFC 6716 section 4.2.3. False for anything broken.
    """
    frames = (ctypes.c_void_p * _MOST_FRAMES)()
    sizes = (ctypes.c_int16 * _MOST_FRAMES)()
    count = library().opus_packet_parse(packet, len(packet), None, frames, sizes, None)
    if count != 1 or sizes[0] < 1 or packet[0] >> 3 >= _FIRST_CELT_ONLY:
        return False
    first = ctypes.string_at(frames[0], 1)[0] if frames[0] else 0
    return bool(first >> 6 & 1)  # bit 7 is voice activity, bit 6 LBRR, for one 20 ms frame


def is_frame(packet: bytes) -> bool:
    """Tell whether a packet is 20 ms of well-formed Opus, without decoding it."""
    if not 1 <= len(packet) <= MOST_PACKET_BYTES:
        return False
    opus, sizes = library(), (ctypes.c_int16 * _MOST_FRAMES)()
    whole = opus.opus_packet_parse(packet, len(packet), None, None, sizes, None) > 0
    return whole and _samples(opus, packet) == FRAME_SAMPLES


def _samples(opus: ctypes.CDLL, packet: bytes) -> int:
    return opus.opus_packet_get_nb_samples(packet, len(packet), SAMPLE_RATE)


@lru_cache(maxsize=8)
def silent_packet(coding: Coding) -> bytes:
    """Return a packet of silence, as large as all others of the coding."""
    encoder, frame = Encoder(coding), np.zeros(FRAME_SAMPLES, np.int16)
    for _ in range(_SETTLING_FRAMES):
        encoder.encode(frame)
    return encoder.encode(frame)


@cache
def library() -> ctypes.CDLL:
    """Load libopus and declare the functions used here.

    Raises:
        OpusMissing: neither PyAV's nor the system's libopus can be loaded.
    """
    for path in _candidates():
        try:
            return _declare(ctypes.CDLL(path))
        except (OSError, AttributeError):
            continue
    raise OpusMissing


def _candidates() -> list[str]:
    found: list[str] = []
    spec = find_spec("av")
    if spec is not None and spec.origin is not None:
        packages = Path(spec.origin).parent.parent
        found += [str(path) for pattern in _BUNDLED for path in sorted(packages.glob(pattern))]
    system = ctypes.util.find_library("opus")
    return [*found, system] if system else found


def _declare(opus: ctypes.CDLL) -> ctypes.CDLL:
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    size = ctypes.c_int32
    opus.opus_encoder_create.argtypes = [size, number, number, pointer]
    opus.opus_encoder_create.restype = pointer
    opus.opus_encoder_destroy.argtypes = [pointer]
    opus.opus_encoder_destroy.restype = None
    opus.opus_encoder_ctl.argtypes = [pointer, number]
    opus.opus_encode.argtypes = [pointer, pointer, number, text, size]
    opus.opus_encode.restype = size
    opus.opus_decoder_create.argtypes = [size, number, pointer]
    opus.opus_decoder_create.restype = pointer
    opus.opus_decoder_destroy.argtypes = [pointer]
    opus.opus_decoder_destroy.restype = None
    opus.opus_decode.argtypes = [pointer, text, size, pointer, number, number]
    opus.opus_packet_get_nb_samples.argtypes = [text, size, size]
    opus.opus_packet_parse.argtypes = [text, size, pointer, pointer, pointer, pointer]
    opus.opus_strerror.argtypes = [number]
    opus.opus_strerror.restype = text
    return opus


def _check(opus: ctypes.CDLL, status: int) -> None:
    if status < 0:
        raise OpusFailure(reason=opus.opus_strerror(status).decode())
