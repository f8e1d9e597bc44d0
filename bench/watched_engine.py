"""`python -m bench.watched_engine PROFILE FILE`: an engine that writes down when frames arrive.

In the end FILE has, in JSON, number and monotonic seconds of every authentic frame.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from tui_call.e2ee.media import MediaFrame, MediaOpener
from tui_call.engine.main import EngineOptions, run_engine


def main() -> None:
    """Run the engine to its end."""
    profile, file = sys.argv[1:]
    arrived: list[tuple[int, float]] = []
    open_packet = MediaOpener.open

    def watched(self: MediaOpener, packet: bytes, now: float) -> MediaFrame | None:
        frame = open_packet(self, packet, now)
        if frame is not None:
            arrived.append((frame.number, time.monotonic()))
        return frame

    MediaOpener.open = watched
    try:
        asyncio.run(run_engine(EngineOptions(profile)))
    finally:
        Path(file).write_text(json.dumps(arrived))


if __name__ == "__main__":
    main()
