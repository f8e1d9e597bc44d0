"""What screens and commands get through the control socket."""

from tui_call.control.actions import Action
from tui_call.control.lines import Caption
from tui_call.control.server import CaptionReader
from tui_call.control.views import Snapshot
from tui_call.engine.account.profile_writer import ProfileWriter
from tui_call.engine.calls.standard_captions import StandardCaptions
from tui_call.engine.changes import Changes
from tui_call.engine.commands.dispatch import Dispatch
from tui_call.engine.commands.result import Result
from tui_call.engine.presentation import Presentation


class _Nobody:
    """Orders something and is not attached."""

    def put_caption(self, caption: Caption) -> None:
        """Read nothing."""


NOBODY = _Nobody()


class ControlHandler:
    """Implements `control.server.Handler`."""

    def __init__(
        self,
        presentation: Presentation,
        dispatch: Dispatch,
        changes: Changes,
        writer: ProfileWriter,
        captions: StandardCaptions,
    ) -> None:
        self._presentation = presentation
        self._dispatch = dispatch
        self._changes = changes
        self._writer = writer
        self._captions = captions

    def snapshot(self, *, lists: bool = True) -> Snapshot:
        """Return the state as a screen shows it."""
        return self._presentation.snapshot(lists=lists)

    async def act(self, action: Action, reader: CaptionReader = NOBODY) -> Result:
        """Carry out an action; what it changed is kept and shown before it is answered."""
        try:
            return await self._dispatch.carry_out(action, reader)
        finally:
            await self._changes.settled()
            await self._writer.written()

    def left(self, reader: CaptionReader) -> None:
        """Show captions no more to somebody who is not attached any more."""
        self._captions.left(reader)
