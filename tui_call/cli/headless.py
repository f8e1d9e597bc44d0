"""A call without a screen: sound from and to files, what happens as lines, and a report."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from tui_call.cli.keys import code_json
from tui_call.cli.session import path_for_engine, say, say_json, sentence_text
from tui_call.control import platform
from tui_call.control.actions import HangUp, UseFiles
from tui_call.control.client import EngineClient, added
from tui_call.control.selection import call_now
from tui_call.control.views import CallView
from tui_call.errors import LocalFault

RING_SECONDS = 90.0
_AGAIN_SECONDS = 0.5
"""After which a call is hung up once more that went on as another one in that very moment."""


class Files:
    """Speaks from and writes to files in the call of its block, and in no other.

    Attributes:
        problem: what went wrong with them, known after the block.
    """

    def __init__(self, client: EngineClient, source: Path | None, target: Path | None) -> None:
        self.problem: dict[str, str] | None = None
        self._client = client
        self._use = UseFiles(
            path_for_engine(source) if source else "", path_for_engine(target) if target else ""
        )

    async def __aenter__(self) -> Self:
        if self._use != UseFiles():
            await self._client.command(self._use)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._use == UseFiles():
            return
        with contextlib.suppress(LocalFault):
            result = await self._client.command(UseFiles())
            self.problem = {name: str(value) for name, value in result.items()} or None


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a call, by whatever id it goes on.

    Attributes:
        last: the call as it was shown last, None if it never was.
        spoke: people could speak.
    """

    last: CallView | None = None
    spoke: bool = False


async def follow(client: EngineClient, call: str, seconds: float | None, as_json: bool) -> Followed:
    """Stay with a call until it ends, also where it goes on as another one.

    Ctrl+c and SIGTERM hang up: nobody may be left speaking whose script has ended.

    Args:
        client: the connection.
        call: its id.
        seconds: hang up so long after the first sound, None for never.
        as_json: say nothing of what happens.
    """
    following = asyncio.current_task()
    assert following is not None

    def stop() -> None:
        following.cancel()

    platform.stop_on_signals(asyncio.get_running_loop(), stop, hang_up="ends")
    try:
        return await _until_the_end(client, call, seconds, as_json)
    except asyncio.CancelledError:
        await _hang_up(client, call)
        raise


def report(
    client: EngineClient, followed: Followed, problem: dict[str, str] | None, as_json: bool
) -> int:
    """Say how the call ended; 0 if people could speak and files got all of it."""
    last = followed.last
    reason = last.end_reason if last else None
    if as_json:
        say_json(
            {
                "kind": last.kind if last else "e2ee",
                "spoke": followed.spoke,
                "code": code_json(last.member.code) if last and last.member.code else None,
                "end": {"code": reason.code, "text": reason.whole} if reason else None,
                "problem": problem,
                "statistics": client.statistics,
            }
        )
    else:
        if reason:
            say(sentence_text(reason))
        if problem:
            say("{text} [{code}]".format(**problem))
    return 1 if problem or not followed.spoke else 0


async def _hang_up(client: EngineClient, call: str) -> bool:
    """End a call by its id of now, and tell whether that was taken: it may have changed again."""
    found = call_now(client.snapshot, call)
    with contextlib.suppress(LocalFault):  # the other side may have been quicker
        if found is not None:
            await client.command(HangUp(call=found.id, whole=True))
            return True
    return False


async def _until_the_end(
    client: EngineClient, call: str, seconds: float | None, as_json: bool
) -> Followed:
    followed = Followed()
    deadline: float | None = None
    loop = asyncio.get_running_loop()
    while (found := call_now(client.snapshot, call)) is not None:
        for event in added(followed.last.events if followed.last else (), found.events):
            if not as_json:
                say(event.sentence.text)
        if found.question and (followed.last is None or followed.last.question != found.question):
            say(sentence_text(found.question)) if not as_json else None
        followed = replace(followed, last=found)
        if found.is_told:
            break
        if found.phase == "active" and not followed.spoke:
            followed = replace(followed, spoke=True)
            deadline = loop.time() + seconds if seconds else None
        left = deadline - loop.time() if deadline else RING_SECONDS
        if left <= 0:
            taken = await _hang_up(client, call)
            deadline = None if taken else loop.time() + _AGAIN_SECONDS
            continue  # the end may have been told before the answer
        await _one_change(client, left)
    return followed


async def _one_change(client: EngineClient, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await client.wait_for_change()
    except TimeoutError:
        return
