"""Agrees to be kept in standard calls, where the settings say that everything is answered."""

from tui_call.engine.account.configuration import Configuration
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.signaling.call_acts import AgreeAct
from tui_call.tasks import Tasks


class AgreesByItself:
    """Answers in the person's place, once for what is kept."""

    def __init__(self, configuration: Configuration, acts: StandardActs, tasks: Tasks) -> None:
        self._configuration = configuration
        self._acts = acts
        self._tasks = tasks
        self._answered: dict[bytes, tuple[str, ...]] = {}  # by call, what was agreed to

    def told(self, record: CallState) -> None:
        """Take note of a call as it is now."""
        standard = record.standard
        if record.ended or standard is None:
            self._answered.pop(record.id, None)
            return
        kept = (standard.told.recording, standard.told.transcript)
        ids = tuple(one.id for one in kept if one is not None)
        asked = standard.own is not None and standard.own.kept == "asked"
        answers = self._configuration.current.engine.answer == "everything"
        if asked and answers and self._answered.get(record.id) != ids:
            self._answered[record.id] = ids
            self._tasks.spawn(self._agree(record))

    async def _agree(self, record: CallState) -> None:
        await self._acts.ask(record.id, AgreeAct(on=True))
