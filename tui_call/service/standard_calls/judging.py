"""What has to hold for an act before the call itself is asked: policies, people, room to keep."""

from collections.abc import Awaitable, Callable

from tui_call.reasons import EndReason, GateReason
from tui_call.service.bus.online_devices import OnlineDevices
from tui_call.service.database import Accounts, LoginRecord
from tui_call.service.faults import NotAllowed
from tui_call.service.standard_calls.acts import Asking, people_named
from tui_call.service.standard_calls.door import CallDoor, capability_of
from tui_call.signaling.call_acts import (
    Act,
    AddAct,
    AnswerAct,
    ConsultAct,
    HandOverAct,
    MergeAct,
    PlaceAct,
    RecordAct,
    RetrieveAct,
    TranscribeAct,
    TransferAct,
)
from tui_call.standard_calls.keeping import UNSAID, Word
from tui_call.standard_calls.state import StandardCall


class ActJudge:
    """Says why an act is not done, whatever the call is like."""

    def __init__(
        self,
        door: CallDoor,
        accounts: Accounts,
        online: OnlineDevices,
        why_full: Callable[[], Awaitable[str]],
    ) -> None:
        """Prepare.

        Args:
            door: says what policies allow.
            accounts: who there is.
            online: who is connected.
            why_full: says why nothing more may be kept, "" where it may.
        """
        self._door = door
        self._accounts = accounts
        self._online = online
        self._why_full = why_full

    async def closed(
        self,
        asking: Asking,
        act: Act,
        speech: str,
        call: StandardCall | None = None,
        other: StandardCall | None = None,
    ) -> str:
        """Return why an act is not done, "" where it may be.

        Args:
            asking: who asks.
            act: what for.
            speech: as in `CallDoor.closed`.
            call: in which it is done, None where it begins by it.
            other: the one that is merged into it.
        """
        if capability_of(act) is not None:
            known = await self._login(asking)
            me = call.on_device(asking.account, asking.device) if call is not None else None
            came_with = me.came_with if me is not None else ""
            closed = self._door.closed(asking.account, came_with, known.setting, act, speech)
            closed = closed or await self._no_room(asking, act, call, other)
            if closed:
                return closed
        people = people_named(act)
        found = {one.id for one in await self._accounts.find_several(people)}
        return "" if found == set(people) else EndReason.NO_SUCH_PERSON

    def begins_by_rule(
        self,
        asking: Asking,
        act: Act,
        call: StandardCall | None = None,
        other: StandardCall | None = None,
    ) -> bool:
        """Tell whether a call has to be recorded from an act on, or from when who is asked comes.

        The arguments are those of `closed`.
        """
        if call is not None and call.by_rule:
            return False
        match act:
            case PlaceAct() | AnswerAct() | RetrieveAct():
                return self._door.is_kept_by_rule((asking.account, *people_named(act)))
            case AddAct() | TransferAct() | ConsultAct():
                return self._door.is_kept_by_rule(people_named(act))
            case MergeAct():
                return other is not None and other.by_rule
            case _:
                return False

    async def word(self, asking: Asking, act: Act) -> Word:
        """Return what holds of being kept for who comes into a call by an act."""
        if not isinstance(act, PlaceAct | AnswerAct | RetrieveAct):
            return UNSAID
        return self._door.word(await self._login(asking), act.word)

    def at_a_device_that_is_here(self, asking: Asking, act: HandOverAct) -> HandOverAct:
        """Name no device where the one that is named is not the person's, or not connected."""
        here = self._online.find(asking.account, act.device) is not None
        return act if here else HandOverAct("")

    async def _no_room(
        self, asking: Asking, act: Act, call: StandardCall | None, other: StandardCall | None
    ) -> str:
        """Return why what an act begins to keep has no room, "" where it has."""
        match act:
            case RecordAct(on=True):
                return "" if call is not None and call.recording else await self._why_full()
            case TranscribeAct(on=True):
                return "" if call is not None and call.transcript else await self._why_full()
            case _ if self.begins_by_rule(asking, act, call, other):
                return GateReason.MUST_BE_RECORDED if await self._why_full() else ""
            case _:
                return ""

    async def _login(self, asking: Asking) -> LoginRecord:
        known = await self._accounts.login(asking.device)
        if known is None or known.revoked or known.disabled:
            raise NotAllowed  # its connection is about to end
        return known
