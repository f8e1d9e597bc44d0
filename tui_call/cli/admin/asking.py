"""Asking the service as an administrator: one conversation over the engine's control socket.

What is long is asked for in pages; a change with more operations than one frame holds goes in
parts into a draft before it.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import NoReturn, TypeVar

import msgspec

from tui_call.cli.admin.outcome import RefusedByService, Unexpected, end_with_status, with_service
from tui_call.control.actions import Administer
from tui_call.control.client import CommandRefused, EngineClient
from tui_call.signaling.administration import (
    MOST_BODY,
    MOST_OPERATIONS,
    Change,
    ExtendDraft,
    FindChanges,
    FindConcerned,
    FindDevices,
    FindGroups,
    FindPeople,
    FindPolicies,
    MoreOfOutcome,
    Request,
    encode,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangeOutcome,
    ChangesFound,
    ConcernedFound,
    DevicesFound,
    DraftExtended,
    GroupsFound,
    NotDone,
    PeopleFound,
    PoliciesFound,
    answer_of,
)
from tui_call.signaling.messages import MalformedMessage
from tui_call.signaling.operations import Operation

_BUSY = "F_TOO_MANY"
_BUSY_PAUSE = 0.5
_BUSY_TRIES = 60
"""A service takes the parts of a long list no faster than its limits; that is waited for."""

Listing = FindPeople | FindGroups | FindDevices | FindPolicies | FindConcerned | FindChanges


Page = PeopleFound | GroupsFound | DevicesFound | PoliciesFound | ConcernedFound | ChangesFound

_Answer = TypeVar("_Answer", bound=Answer)
_Page = TypeVar("_Page", bound=Page)


class AdminConversation:
    """One administrator's questions and changes.

    Args:
        client: attached to an engine that is online.
    """

    def __init__(self, client: EngineClient) -> None:
        self._client = client

    @property
    def organisation(self) -> str:
        """What stands in addresses of the organisation behind the @."""
        return self._client.snapshot.me.organisation

    async def ask(self, request: Request, kind: type[_Answer]) -> _Answer:
        """Ask something, and return the answer.

        Raises:
            RefusedByService: nothing was done, with the reasons.
            CommandRefused: the service is away, or does not know the question.
        """
        answer = await self._answer(request)
        if isinstance(answer, NotDone):
            raise RefusedByService(answer)
        if not isinstance(answer, kind):
            raise Unexpected
        return answer

    async def pages(self, request: Listing, kind: type[_Page]) -> AsyncIterator[_Page]:
        """Yield every page of a list."""
        while True:
            page = await self.ask(request, kind)
            yield page
            if not page.next:
                return
            request = msgspec.structs.replace(request, after=page.next)

    async def change(self, operations: tuple[Operation, ...], change: Change) -> ChangeOutcome:
        """Carry out operations, however many, or tell what they would do.

        Args:
            operations: to be carried out as a whole, or not at all.
            change: everything else.

        Returns:
            The outcome, with all rows and effects.
        """
        replace = msgspec.structs.replace
        if next(_parts(operations), ()) == operations:
            change = replace(change, operations=operations)
        else:
            change = replace(change, draft=await self._draft(operations))
        return await self._whole(await self.ask(change, ChangeOutcome))

    async def _draft(self, operations: tuple[Operation, ...]) -> str:
        """Send operations ahead in parts; return the name of the draft."""
        name, sent = secrets.token_hex(16), 0
        for part in _parts(operations):
            sent += len(part)
            extended = await self.ask(ExtendDraft(draft=name, operations=part), DraftExtended)
            if extended.operations != sent:  # the connection, and with it the draft, is another
                raise Unexpected
        return name

    async def _whole(self, outcome: ChangeOutcome) -> ChangeOutcome:
        rows, effects = list(outcome.rows), list(outcome.effects)
        while len(rows) < outcome.all_rows or len(effects) < outcome.all_effects:
            asked = MoreOfOutcome(rows=len(rows), effects=len(effects))
            more = await self.ask(asked, ChangeOutcome)
            if not (more.rows or more.effects):
                raise Unexpected
            rows += more.rows
            effects += more.effects
        return msgspec.structs.replace(outcome, rows=tuple(rows), effects=tuple(effects))

    async def _answer(self, request: Request) -> Answer:
        order = Administer(encode(request))
        for _ in range(_BUSY_TRIES):
            try:
                result = await self._client.command(order)
            except CommandRefused as refused:
                if refused.sentence.code != _BUSY:
                    raise
                await asyncio.sleep(_BUSY_PAUSE)
            else:
                return _read(result["body"])
        raise Unexpected


def ask_service(profile: str, work: Callable[[AdminConversation], Awaitable[None]]) -> NoReturn:
    """Ask and show; end with the exit status of a command that changes nothing."""

    async def asked(client: EngineClient) -> int:
        await work(AdminConversation(client))
        return 0

    end_with_status(lambda: with_service(profile, asked))


def _read(body: object) -> Answer:
    try:
        return answer_of(body)
    except MalformedMessage as error:
        raise Unexpected from error


def _parts(operations: Iterable[Operation]) -> Iterator[tuple[Operation, ...]]:
    """Divide operations so that each part fits into a frame."""
    part: list[Operation] = []
    room = _ROOM
    for operation in operations:
        size = len(_encoder.encode(operation)) + 1
        if part and (size > room or len(part) == MOST_OPERATIONS):
            yield tuple(part)
            part, room = [], _ROOM
        part.append(operation)
        room -= size
    yield tuple(part)


_encoder = msgspec.json.Encoder()
_ROOM = MOST_BODY - 4096
"""Bytes of the operations of a part: the rest of a body is for names and checks."""
