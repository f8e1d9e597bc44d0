"""`python -m tui_call.tap`: one tap, for the service that started it and the next one."""

import argparse
import time
from functools import partial
from pathlib import Path

from tui_call.control import companion, platform
from tui_call.control.door import answers
from tui_call.tap.interfaces import SpeechSettings
from tui_call.tap.recording.recorder import Recorder
from tui_call.tap.server import Tap
from tui_call.tap.speech.speech import RecognisedSpeech


def main() -> None:
    """Run a tap by the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tui_call.tap", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where services connect")
    parser.add_argument("--frames", type=Path, required=True, help="where workers connect")
    parser.add_argument("--directory", type=Path, required=True, help="of what is kept")
    parser.add_argument("--log", type=Path, help="a file for its log")
    parser.add_argument("--model", type=Path, help="a folder with a model of speech")
    parser.add_argument("--language", default="en", help="of that model")
    parser.add_argument("--threads", type=int, default=1, help="of the speech engine")
    given = parser.parse_args()
    settings = SpeechSettings(given.model, given.language, given.threads, given.log)
    companion.run_companion(_run(given.socket, given.frames, given.directory, settings), given.log)


async def _run(socket: Path, frames: Path, directory: Path, settings: SpeechSettings) -> None:
    if await answers(socket):
        return  # one is enough; whoever started this one finds the other
    platform.make_private_directory(directory)
    stopped = companion.stopped_by_signals()
    # A later tap goes on with higher numbers: nobody says a thousand things a second.
    speech = partial(RecognisedSpeech, counted=int(time.monotonic() * 1000))
    tap = Tap(Recorder, directory, speech, settings)
    async with (
        companion.listening(frames, tap.intake.serve),
        companion.listening(socket, tap.services.serve),
    ):
        await tap.run(stopped)


main()
