"""Requests of administrators, which travel unread: who may ask what, and who answers."""

import typing

import msgspec

from tui_call.errors import LocalFault
from tui_call.service.changes import Actor, OrganisationChanges, WholeOutcome
from tui_call.service.database.moment import Moment, Moments
from tui_call.service.desk import AdministratorDesk
from tui_call.service.dispatch import Needs
from tui_call.service.faults import Malformed, TooMany, Unavailable, refusal
from tui_call.service.operations.work import ChangeRefused
from tui_call.service.questions import changes, people, policies
from tui_call.service.session import ClientSession
from tui_call.signaling import administration as asked
from tui_call.signaling.administration import (
    ChangingRequest,
    Request,
)
from tui_call.signaling.administration_answers import (
    Answer,
    DraftExtended,
    NotDone,
    Problem,
    encode_answer,
)
from tui_call.signaling.messages import (
    Administer,
    Administered,
    Failed,
    MalformedMessage,
    ServiceMessage,
)
from tui_call.tasks import Tasks

MOST_WAITING = 8
"""Requests of one connection that wait for their turn."""

_CHANGING = {kind.__struct_config__.tag for kind in typing.get_args(ChangingRequest)}


class _Head(msgspec.Struct, frozen=True):
    """What tells one request from another."""

    ask: str


_head = msgspec.json.Decoder(_Head)


def needs(message: Administer) -> Needs:
    """Return who may ask that: auditors read, administrators change.

    Raises:
        Malformed: the body is no request.
    """
    try:
        wanted = _head.decode(message.body).ask
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(MalformedMessage("why", reason=error).sentence) from error
    return "admin" if wanted in _CHANGING else "auditor"


class Administering:
    """Answers administrators, each from the desk of the own connection."""

    def __init__(
        self,
        organisation_changes: OrganisationChanges,
        moments: Moments,
        is_online: people.IsOnline,
        *,
        bridge: bool,
    ) -> None:
        """Prepare.

        Args:
            organisation_changes: carries out what they want.
            moments: where their questions are answered from.
            is_online: tells whether a device, given with its account, is connected.
            bridge: standard calls can be made here.
        """
        self._changes = organisation_changes
        self._moments = moments
        self._is_online = is_online
        self._bridge = bridge
        self._working = Tasks()

    async def administer(self, session: ClientSession, message: Administer) -> None:
        """Take a request of an administrator, which is answered in its turn.

        A change may take long, and the connection is read meanwhile: who waits is alive.

        Raises:
            Malformed: the body is no request.
            TooMany: many wait for their turn already.
        """
        try:
            request = asked.decode(message.body)
        except MalformedMessage as error:
            raise Malformed(error.sentence) from error
        desk = session.desk = session.desk or AdministratorDesk()
        if desk.waiting >= MOST_WAITING:
            raise TooMany
        desk.waiting += 1
        length = memoryview(message.body).nbytes
        self._working.spawn(self._answer_in_turn(session, desk, message.request, request, length))

    async def close(self) -> None:
        """Wait for nothing more; a change that is not made yet is not made."""
        self._working.cancel()
        await self._working.wait()

    async def _answer_in_turn(
        self,
        session: ClientSession,
        desk: AdministratorDesk,
        number: int,
        request: Request,
        length: int,
    ) -> None:
        reply: ServiceMessage = Failed(Unavailable.code, str(Unavailable()), number)
        try:
            async with desk.turn:
                answer = await self._answer(session, desk, request, length)
            reply = Administered(number, encode_answer(answer))
        except ChangeRefused as refused:
            problem = Problem(refused.sentence.code, refused.sentence.whole)
            answer = NotDone(why="input", problems=(problem,), all_problems=1)
            reply = Administered(number, encode_answer(answer))
        except LocalFault as fault:
            refused = refusal(fault)
            reply = Failed(refused.code, str(refused), number)
        finally:
            desk.waiting -= 1
            session.put(reply)

    async def _answer(
        self, session: ClientSession, desk: AdministratorDesk, request: Request, length: int
    ) -> Answer:
        match request:
            case asked.ExtendDraft():
                return DraftExtended(operations=desk.extend(request, length))
            case asked.Change():
                actor = Actor(session.account, session.device, session.arrival.address)
                drafted = desk.drafted(request)
                outcome = await self._changes.carry_out(actor, request, drafted)
                whole = isinstance(outcome, WholeOutcome)
                return desk.take(request, outcome) if whole else outcome
            case asked.MoreOfOutcome(rows, effects):
                return desk.more(rows, effects)
            case _:
                return await self._moments.read(lambda moment: self._look(moment, request))

    async def _look(self, moment: Moment, request: Request) -> Answer:
        match request:
            case asked.FindPeople():
                return await people.find_people(moment, request)
            case asked.ShowPerson():
                return await people.show_person(moment, request, self._is_online)
            case asked.FindGroups():
                return await people.find_groups(moment, request)
            case asked.FindDevices():
                return await people.find_devices(moment, request, self._is_online)
            case asked.FindPolicies():
                return await policies.find_policies(moment, request)
            case asked.FindConcerned():
                return await policies.find_concerned(moment, request)
            case asked.Explain():
                return await policies.explain(moment, request, bridge=self._bridge)
            case asked.FindChanges():
                return await changes.find_changes(moment, request)
            case asked.ShowChange():
                return await changes.show_change(moment, request)
            case _:
                return await policies.report(moment)
