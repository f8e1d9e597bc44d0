"""What the screens with a searchable list share."""

from typing import ClassVar

from textual import events
from textual.message import Message
from textual.widgets import Input

from tui_call.control.views import Snapshot
from tui_call.tui.keymap import Key
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.find import Find
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Rows


class CallsWith(Message):
    """Asks for past calls, with one account or, "" given, with everybody."""

    def __init__(self, account: str) -> None:
        super().__init__()
        self.account = account


class GoTo(Message):
    """Asks for another screen by the name of its mode."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode


class ListingScreen(BaseScreen):
    """A list, a search field above it, and details of the chosen row below it.

    Attributes:
        finds: what the search field looks for.
    """

    finds: ClassVar[str] = ""
    rooms = True

    def __init__(self) -> None:
        super().__init__()
        self.find = Find(self.finds, self.counts)

    def counts(self) -> str:
        """Return what stands at the right end of the search line."""
        return ""

    def show_with(self, account: str) -> None:
        """Show what has to do with one account."""
        self.find.field.value = account

    def action_main(self) -> None:
        """Do what Enter does."""

    def show(self, snapshot: Snapshot) -> None:
        """Fill the list."""

    def label(self, key: Key) -> str:
        """Name what leaves the search while there is one."""
        if key.id == f"{self.where}.back" and (self.in_field or self.find.words):
            return "Clear"
        return super().label(key)

    # Search

    def action_find(self) -> None:
        """Go to the search field."""
        self.find.field.focus()

    def on_input_changed(self) -> None:
        """Show what is found so far."""
        if self.store.snapshot is not None:
            self.show(self.store.snapshot)
        self.repaint()

    def on_input_submitted(self) -> None:
        """Go to what was found."""
        self.query_one(Rows).focus()

    def on_key(self, event: events.Key) -> None:
        """Leave the search field downwards."""
        if isinstance(self.focused, Input) and event.key in ("down", "up"):
            event.stop()
            self.query_one(Rows).focus()

    def back(self) -> bool:
        """Close the reason line, then the search; False if neither was open."""
        if self.in_field or self.find.words:
            self.find.clear()
            self.query_one(Rows).focus()
            return True
        return self.close_strip()

    def action_back(self) -> None:
        """Close what is open, then go to People."""
        if not self.back():
            self.post_message(GoTo("people"))

    # List

    def on_rows_moved(self) -> None:
        """Show the details of another row."""
        for block in self.query(TextBlock):
            block.renew()
        self.refresh_bindings()

    def on_rows_chosen(self) -> None:
        """A click on the chosen row is its main action."""
        self.action_main()
