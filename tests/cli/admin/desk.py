"""A service at the other end of the engine that answers administrators as a test says."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tests.support.administrator import Said
from tests.support.fake_engine import FakeEngine, ready
from tui_call.cli import cli
from tui_call.cli.admin import outcome
from tui_call.cli.outcome import end_with
from tui_call.control.actions import Action, Administer
from tui_call.control.lines import Result
from tui_call.signaling.administration import (
    Change,
    ExtendDraft,
    Request,
    decode,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangeOutcome,
    DraftExtended,
    encode_answer,
)
from tui_call.signaling.policies import Epoch

EPOCH = Epoch(0, 14)
Answering = Answer | Callable[[Any], Answer]


@dataclass
class Desk:
    """Stands for engine and service.

    Attributes:
        answers: what a kind of request is answered.
        asked: every request, as the service would read it.
    """

    capture: pytest.CaptureFixture[str]
    answers: dict[type, Answering] = field(default_factory=dict[type, Answering])
    asked: list[Request] = field(default_factory=list[Request])
    _drafts: dict[str, int] = field(default_factory=dict[str, int])

    def admin(self, *arguments: str) -> Said:
        """Run a command of an administrator."""
        status = end_with(lambda: cli(["admin", *arguments], prog_name="tui-call"))
        captured = self.capture.readouterr()
        return Said(status, captured.out, captured.err)

    @property
    def changes(self) -> list[Change]:
        """What was asked to be changed, or tried."""
        return [request for request in self.asked if isinstance(request, Change)]

    def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        if isinstance(request, ExtendDraft) and ExtendDraft not in self.answers:
            known = self._drafts.get(request.draft, 0) + len(request.operations)
            self._drafts = {request.draft: known}
            return DraftExtended(operations=known)
        answering = self.answers.get(type(request), ChangeOutcome(change=0, epoch=EPOCH))
        return answering(request) if callable(answering) else answering

    async def command(self, action: Action) -> Result:
        assert isinstance(action, Administer)
        answer = self.answer(decode(action.body))
        return {"body": msgspec.json.decode(encode_answer(answer))}


class AtTheDesk(FakeEngine):
    """An engine that passes on what administrators ask."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(ready())
        self._desk = desk

    async def command(self, action: Action) -> Result:
        return await self._desk.command(action)


def open_desk(monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> Desk:
    """Let commands reach a desk in place of an engine."""
    desk = Desk(capture)

    def run(_profile: str, work: Callable[[Any], Awaitable[Any]], **_: Any) -> Any:
        return asyncio.run(work(AtTheDesk(desk)))  # type: ignore[arg-type]

    monkeypatch.setattr(outcome, "run", run)
    return desk


def terms(**changed: Any) -> Mapping[str, Any]:
    """Return the terms of an encryption policy."""
    given: dict[str, Any] = {
        "e2ee_calls": "disabled",
        "require_compared": False,
        "min_client": "",
        "relay_only": False,
    }
    return {**given, **changed}
