"""A call as aiortc makes it by itself: its Opus encoder, its jitter buffer, its decoder.

Two processes on this machine; the speaking one is this one, the listening one is started with
`python -m bench.stock_aiortc`. They exchange descriptions over its standard input and output. The
bad network is the one of `tui-call demo`: the same class, with the same seeds.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from aiortc import RTCConfiguration, RTCIceTransport, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from tests.support.measured_sound import write_wav
from tui_call.transport.ice_agent import IceAgent
from tui_call.transport.impairment import ImpairedSender, Impairment
from tui_call.voice.alignment import Alignment, align
from tui_call.voice.devices.sound_file import read_sound_file
from tui_call.voice.samples import Samples
from tui_call.voice.sound import SAMPLE_RATE

FRAME = SAMPLE_RATE // 50
CONNECT_WITHIN = 20.0


class Mouth(MediaStreamTrack):
    """Gives a frame when its last sample has been spoken, and silence after the speech."""

    kind = "audio"

    def __init__(self, speech: Samples) -> None:
        super().__init__()
        self.started = 0.0
        self._speech = speech
        self._frames = 0

    async def recv(self) -> AudioFrame:
        if self._frames == 0:
            self.started = time.monotonic()
        begin = self._frames * FRAME
        self._frames += 1
        await asyncio.sleep(self.started + self._frames * FRAME / SAMPLE_RATE - time.monotonic())
        samples = np.zeros((1, FRAME), np.int16)
        spoken = self._speech[begin : begin + FRAME]
        samples[0, : len(spoken)] = spoken
        frame = AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = begin
        frame.time_base = Fraction(1, SAMPLE_RATE)
        return frame


class Ear:
    """Plays each sound when it comes, or after the one before it; where there is none, silence."""

    def __init__(self) -> None:
        self.started = 0.0
        self._parts: list[Samples] = []
        self._length = 0

    def hear(self, samples: Samples, now: float) -> None:
        if not self._parts:
            self.started = now
        silence = max(0, round((now - self.started) * SAMPLE_RATE) - self._length)
        self._parts += [np.zeros(silence, np.int16), samples]
        self._length += silence + len(samples)

    @property
    def heard(self) -> Samples:
        return np.concatenate(self._parts) if self._parts else np.zeros(0, np.int16)


class End:
    """One end of the call, to be used in a running event loop."""

    def __init__(self, impairment: Impairment) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connected = asyncio.Event()
        self._impairment = impairment
        self._impaired: ImpairedSender | None = None
        self.connection.on("connectionstatechange", self._state_changed)

    async def offer(self) -> str:
        self._reach_over_loopback()
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, offer: str) -> str:
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        self._reach_over_loopback()
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def connected(self) -> None:
        async with asyncio.timeout(CONNECT_WITHIN):
            await self._connected.wait()

    async def close(self) -> None:
        if self._impaired is not None:
            await self._impaired.close()
        await self.connection.close()

    def _reach_over_loopback(self) -> None:
        """Let it work on a computer without a network; this does not touch the sound."""
        IceAgent(self._transport(), (), relay_only=False)

    def _transport(self) -> RTCIceTransport:
        return self.connection.getTransceivers()[0].receiver.transport.transport

    def _state_changed(self) -> None:
        if self.connection.connectionState == "connected":
            transport = self._transport()
            self._impaired = ImpairedSender(transport._send, self._impairment)  # noqa: SLF001
            setattr(transport, "_send", self._impaired.send)  # noqa: B010 - a method there
            self._connected.set()


async def speak_to_a_listener(
    speech: Samples, seconds: float, impairment: Impairment, output: Path
) -> Alignment:
    """Call, speak, hang up; return the delays. What was heard is then in `output`.

    The impairment is that of what is spoken; the other direction has the next seed.
    """
    listener = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.stock_aiortc",
        str(output), json.dumps(asdict(replace(impairment, seed=impairment.seed + 1))),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert listener.stdin is not None
    assert listener.stdout is not None
    end = End(impairment)
    mouth = Mouth(speech)
    end.connection.addTrack(mouth)
    listener.stdin.write(json.dumps(await end.offer()).encode() + b"\n")
    await end.accept(json.loads(await listener.stdout.readline()))
    await end.connected()
    await asyncio.sleep(seconds)
    listener.stdin.write(b"\n")
    started = json.loads(await listener.stdout.readline())
    await listener.wait()
    await end.close()
    return align(speech, read_sound_file(output), started - mouth.started)


async def listen(output: Path, impairment: Impairment) -> None:
    """Be the other process: answer, record until a line comes, tell when recording began."""
    loop = asyncio.get_running_loop()
    end = End(impairment)
    ear = Ear()
    recordings: list[asyncio.Task[None]] = []

    def record(track: MediaStreamTrack) -> None:
        recordings.append(asyncio.create_task(_record(track, ear)))

    end.connection.on("track", record)
    offer = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    print(json.dumps(await end.answer(offer)), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    write_wav(output, ear.heard)
    print(json.dumps(ear.started), flush=True)
    await end.close()
    await asyncio.gather(*recordings)


async def _record(track: MediaStreamTrack, ear: Ear) -> None:
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        assert isinstance(frame, AudioFrame)
        channels = len(frame.layout.channels)
        left = frame.to_ndarray().reshape(-1, channels)[:, 0].astype(np.int16)
        ear.hear(left, time.monotonic())


if __name__ == "__main__":
    path, impaired = sys.argv[1:]
    asyncio.run(listen(Path(path), Impairment(**json.loads(impaired))))
