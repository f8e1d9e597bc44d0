"""Commands of an administrator, carried out by an engine and a service in the test's process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests.support.one_process import Resident
from tui_call.cli import cli
from tui_call.cli.admin import outcome
from tui_call.cli.outcome import end_with
from tui_call.control import codec
from tui_call.control.actions import Action
from tui_call.control.client import CommandRefused
from tui_call.control.lines import Command, Error, Ok, Result
from tui_call.control.server import ActionRefused
from tui_call.control.views import Snapshot
from tui_call.errors import TuiCallError


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.output)


class Attached:
    """A connection to the engine of a resident; all passes as it would through its socket."""

    def __init__(self, resident: Resident) -> None:
        self._resident = resident

    @property
    def snapshot(self) -> Snapshot:
        return self._resident.snapshot

    async def wait_for_change(self) -> None:
        await asyncio.sleep(0.02)

    async def command(self, action: Action) -> Result:
        sent = codec.decode_client(codec.encode(Command(1, action)))
        assert isinstance(sent, Command)
        try:
            given = Ok(1, dict(await self._resident.order(sent.action)))
        except ActionRefused as refused:
            raise CommandRefused(_error(refused, refused.code)) from refused
        except TuiCallError as error:
            raise CommandRefused(_error(error, "failed")) from error
        told = codec.decode_engine(codec.encode(given))
        assert isinstance(told, Ok)
        return told.result


@dataclass
class Administrator:
    """Somebody at a command line; commands run beside the test's loop, as processes would."""

    resident: Resident
    capture: pytest.CaptureFixture[str]

    async def admin(self, *words: str) -> Said:
        """Run a command, `tui-call admin …`."""
        status = await asyncio.to_thread(
            end_with, lambda: cli(["admin", *words], prog_name="tui-call")
        )
        captured = self.capture.readouterr()
        return Said(status, captured.out, captured.err)

    async def done(self, *words: str) -> str:
        """Run a command that has to succeed; return what it printed."""
        said = await self.admin(*words)
        assert said.status == 0, said
        return said.output


def at_the_command_line(
    resident: Resident, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
) -> Administrator:
    """Let commands reach the engine of a resident, on the loop that runs now."""
    loop = asyncio.get_running_loop()

    def run(_profile: str, work: Callable[[Any], Awaitable[Any]], **_: Any) -> Any:
        working = asyncio.run_coroutine_threadsafe(_awaited(work(Attached(resident))), loop)
        return working.result()

    monkeypatch.setattr(outcome, "run", run)
    return Administrator(resident, capture)


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


def _error(error: TuiCallError, code: Any) -> Error:
    return Error(1, code, error.sentence.whole, error.sentence)
