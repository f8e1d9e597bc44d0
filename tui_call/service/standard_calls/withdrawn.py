"""What was begun ends when the policy of whoever began it does not allow it any more."""

from tui_call.service.standard_calls.door import CallDoor
from tui_call.service.standard_calls.exchange import CallExchange
from tui_call.standard_calls.events import KeepingForbidden
from tui_call.standard_calls.state import StandardCall
from tui_call.tasks import Tasks


class WithdrawnPermissions:
    """Follows the policies of those who record, transcribe and show captions."""

    def __init__(self, exchange: CallExchange, door: CallDoor) -> None:
        self._exchange = exchange
        self._door = door
        self._tasks = Tasks()

    def look(self) -> None:
        """Look at all calls here, after policies have changed."""
        self._tasks.spawn(self._look())

    async def close(self) -> None:
        """Look no more."""
        self._tasks.cancel()
        await self._tasks.wait()

    async def _look(self) -> None:
        for known in self._exchange.calls:
            for forbidden in self._forbidden(known.call):
                await self._exchange.report(known.call.id, forbidden)

    def _forbidden(self, call: StandardCall) -> list[KeepingForbidden]:
        begun = [
            KeepingForbidden(keeping.by, what) for what, keeping in call.kept if not keeping.by_rule
        ]
        shown = [KeepingForbidden(one.account, "captions") for one in call.inside if one.captions]
        return [one for one in begun + shown if not self._door.may_keep(one.account, one.what)]
