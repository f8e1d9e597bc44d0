"""Notes in a call: sealed in one that is E2EE, passed on by the service in a standard one."""

from tui_call.calls.events import NoteWritten
from tui_call.control import actions
from tui_call.control.server import ActionRefused
from tui_call.e2ee.control_messages import MOST_NOTE_BYTES
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.gatekeeper import Gatekeeper
from tui_call.engine.calls.manager import CallManager
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.commands.addressed import addressed, expect_seen
from tui_call.engine.commands.result import NOTHING, Result
from tui_call.foreign_text import clean
from tui_call.permissions.gate import Capability
from tui_call.signaling.call_acts import NoteAct


class NoteOrders:
    """Sends notes; what could not be sent is not shown as if it were."""

    def __init__(
        self,
        calls: CallList,
        manager: CallManager,
        acts: StandardActs,
        call_log: CallLog,
        gatekeeper: Gatekeeper,
    ) -> None:
        self._calls = calls
        self._manager = manager
        self._acts = acts
        self._log = call_log
        self._gatekeeper = gatekeeper

    async def write(self, action: actions.Note) -> Result:
        """Send a note in the call that is meant."""
        record = addressed(self._calls, action)
        expect_seen(self._manager, action)
        self._gatekeeper.insist(Capability.NOTES, record)
        assert record is not None, "the gate asks for a call"
        text = _checked(action.text)
        if record.standard is None:
            self._seal(record, text)
        else:
            await self._ask(record, text)
        record.note(text, mine=True)
        self._log.show()
        return NOTHING

    def _seal(self, record: CallState, text: str) -> None:
        runner = self._calls.runner(record)
        if runner is None or not runner.foremost.core.takes_notes:
            raise ActionRefused("gate", "R_WITHHELD")
        runner.post(NoteWritten(text))

    async def _ask(self, record: CallState, text: str) -> None:
        refused = await self._acts.ask(record.id, NoteAct(text))
        if refused is not None:
            raise ActionRefused("not_allowed", refused)


def _checked(text: str) -> str:
    """Return a text as it may be sent."""
    cleaned = clean(text, MOST_NOTE_BYTES)
    if not cleaned:
        raise ActionRefused("invalid", "O_NOTE_EMPTY")
    if len(cleaned.encode()) > MOST_NOTE_BYTES:
        raise ActionRefused("invalid", "O_NOTE_LONG", n=MOST_NOTE_BYTES)
    return cleaned
