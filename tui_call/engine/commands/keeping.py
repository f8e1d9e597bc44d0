"""Orders about what the bridge keeps and shows of a standard call."""

from typing import assert_never

from tui_call.control import actions
from tui_call.control.server import ActionRefused, CaptionReader
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.calls.standard_captions import StandardCaptions
from tui_call.engine.commands.addressed import addressed
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.permissions.gate import Capability
from tui_call.signaling.call_acts import AgreeAct, RecordAct, TranscribeAct

OrderAboutKeeping = (
    actions.RecordCall | actions.Transcribe | actions.AgreeToBeKept | actions.ShowCaptions
)


class KeepingOrders:
    """Carries out what the gate lets be done; the service has the last word, and says why not."""

    def __init__(
        self,
        calls: CallList,
        gatekeeper: Gatekeeper,
        acts: StandardActs,
        captions: StandardCaptions,
    ) -> None:
        self._calls = calls
        self._gatekeeper = gatekeeper
        self._acts = acts
        self._captions = captions

    async def carry_out(self, action: OrderAboutKeeping, reader: CaptionReader) -> Result:
        """Do it in the call that is meant.

        Args:
            action: what is ordered.
            reader: who orders it, and gets captions.
        """
        match action:
            case actions.RecordCall(on, tracks):
                record = self._may(Capability.RECORD, action)
                refused = await self._acts.ask(record.id, RecordAct(on, tracks))
            case actions.Transcribe(on):
                record = self._may(Capability.TRANSCRIPT, action)
                refused = await self._acts.ask(record.id, TranscribeAct(on))
            case actions.AgreeToBeKept(on):
                record = self._asked(action)
                refused = await self._acts.ask(record.id, AgreeAct(on))
            case actions.ShowCaptions(on=True):
                record = self._may(Capability.CAPTIONS, action)
                refused = await self._captions.show(record, reader)
            case actions.ShowCaptions():
                record = self._shows(action)
                refused = await self._captions.hide(record, reader)
            case _:
                assert_never(action)
        if refused is not None:
            raise ActionRefused("not_allowed", refused)
        return NOTHING

    def _may(self, capability: Capability, action: actions.CallAction) -> CallState:
        """Return the call, if the gate lets this be done in it."""
        record = addressed(self._calls, action)
        self._gatekeeper.insist(capability, record)
        assert record is not None, "the gate asks for a call"
        return record

    def _shows(self, action: actions.ShowCaptions) -> CallState:
        """Return the call, where captions can be shown: no policy holds up who wants none."""
        record = addressed(self._calls, action)
        facts = record.standard if record is not None and not record.ended else None
        if record is None or facts is None or facts.own is None:
            return self._may(Capability.CAPTIONS, action)
        return record

    def _asked(self, action: actions.AgreeToBeKept) -> CallState:
        """Return the call, if something is kept of it: who was asked answers, and may change it."""
        record = addressed(self._calls, action)
        if record is None or record.standard is None:
            return self._may(Capability.RECORD, action)
        told = record.standard.told
        kept = [one for one in (told.recording, told.transcript) if one is not None]
        if record.standard.own is None or not kept:
            raise ActionRefused("wrong_state", "C_NO_QUESTION")
        if not any(one.by for one in kept):
            raise ActionRefused("not_allowed", "N_BY_RULE")
        return record
