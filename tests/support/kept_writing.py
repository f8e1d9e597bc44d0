"""`python -m tests.support.kept_writing DIRECTORY`: records two people until it is killed.

After each tick it prints how many seconds it has handed over, so that whoever ends it knows.
"""

import asyncio
import sys
import time
from pathlib import Path

from tests.support.kept_sound import Talker, part
from tui_call.signaling.tap_messages import PartClosed, PartOpened, Spoken
from tui_call.tap.recording.recorder import Recorder

STEP = 0.02


async def main() -> None:
    """Write until the end."""
    opened = asyncio.Event()

    def say(said: PartOpened | PartClosed) -> None:
        assert isinstance(said, PartOpened), said
        opened.set()

    recorder = Recorder(Path(sys.argv[1]), say)
    begun = time.monotonic()
    recording = recorder.record(part(), begun)
    transcript = recorder.transcribe(part(2), begun)
    talkers = [Talker(person, begun=begun) for person in (1, 2)]
    await opened.wait()
    number = 0
    while True:
        spoken = time.monotonic() - begun
        while (number + 1) * STEP <= spoken:
            for talker in talkers:
                recording.take(talker.frame(number))
            number += 1
        at = begun + spoken
        transcript.write(1, Spoken("", 1, 1, 1, "word", 4, at, at, final=True))
        print(spoken, flush=True)
        await asyncio.sleep(STEP)


asyncio.run(main())
