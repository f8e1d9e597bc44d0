"""`python -m tui_call.tap.speech`: the engine, for the tap that started it, through its pipe.

It gives way to everything else on the computer, says that it is at work while it decodes, and ends
with the tap whatever it is doing.
"""

import argparse
import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tui_call.control import platform
from tui_call.errors import LocalFault
from tui_call.tap.speech import engines
from tui_call.tap.speech.engine_messages import (
    LENGTH,
    CannotBegin,
    EngineAlive,
    EngineCheck,
    FromEngine,
    Leave,
    Left,
    Ready,
    SpeakerFrame,
    Understood,
    encode,
    to_engine_decoder,
)
from tui_call.tap.speech.progress import Progress
from tui_call.tap.speech.recogniser import Heard, SpeechEngine
from tui_call.tap.speech.recognition import Recognition

_MOST_WAITING = 20_000
"""Messages that are read ahead; behind them the pipe fills, and the tap leaves sound out."""


class Pipe:
    """The pipe to the tap; what libraries print goes elsewhere.

    Args:
        to_tap, from_tap: its ends.
        progress: of what is being done, while that goes on a tap that asks is answered.
    """

    def __init__(self, to_tap: BinaryIO, from_tap: BinaryIO, progress: Progress) -> None:
        self._to_tap = to_tap
        self._from_tap = from_tap
        self._progress = progress
        self._saying = threading.Lock()
        self._waiting = queue.Queue[SpeakerFrame | Leave](_MOST_WAITING)
        threading.Thread(target=self._read, daemon=True).start()

    def say(self, message: FromEngine) -> None:
        """Say something to the tap."""
        with self._saying:
            self._to_tap.write(encode(message))
            self._to_tap.flush()

    def come(self, seconds: float | None) -> Iterator[SpeakerFrame | Leave]:
        """Yield all that has come, after waiting for the first of it at most so long."""
        try:
            yield self._waiting.get(timeout=seconds)
            while True:
                yield self._waiting.get_nowait()
        except queue.Empty:
            return

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while len(length := self._from_tap.read(LENGTH.size)) == LENGTH.size:
                message = to_engine_decoder.decode(self._from_tap.read(*LENGTH.unpack(length)))
                if not isinstance(message, EngineCheck):
                    self._waiting.put(message)
                elif self._progress.goes_on():
                    self.say(EngineAlive())
        os._exit(0)  # the tap is gone; whatever is being decoded, nobody waits for it


def main() -> None:
    """Recognise for the tap by the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tui_call.tap.speech", description=__doc__)
    parser.add_argument("--model", type=Path, help="a folder; without it the built-in one")
    parser.add_argument("--language", default="en")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    platform.give_way()
    platform.keep_memory_out_of_core_dumps()
    to_tap = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    progress = Progress()
    progress.begins()
    pipe = Pipe(to_tap, sys.stdin.buffer, progress)
    try:
        engine = engines.load(given.model, given.language, given.threads)
    except LocalFault as fault:
        pipe.say(CannotBegin(fault.sentence_code))
        return
    pipe.say(Ready(engine.language))
    _recognise(engine, pipe, progress)


def _recognise(engine: SpeechEngine, pipe: Pipe, progress: Progress) -> None:
    def heard(speaker: int, one: Heard) -> None:
        pipe.say(Understood(speaker, one.text, one.stable, one.began, one.ended, final=one.final))

    recognition = Recognition(
        engine, time.monotonic, heard, lambda speaker: pipe.say(Left(speaker))
    )
    while True:
        progress.waits()
        for message in pipe.come(recognition.seconds_until_due()):
            progress.begins()
            if isinstance(message, SpeakerFrame):
                recognition.take(message)
            else:
                recognition.leave(message.speaker)
        progress.begins()
        recognition.turn()


main()
