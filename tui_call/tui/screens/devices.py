"""Choose microphone and speaker; also in a call."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.messages import ChooseDevice, Snapshot
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import Room
from tui_call.tui.widgets.levels import bar, decibels
from tui_call.tui.widgets.painted import Block
from tui_call.tui.widgets.rows import Row, Rows

_MICROPHONE = "microphone"
_SPEAKER = "speaker"
_DEFAULT = "The system's default"


class Devices(Room):
    """Two lists in one: microphones, then speakers; Enter uses the chosen one at once."""

    where = "choice"
    name_shown = "Devices"
    BINDINGS: ClassVar = [*bindings("choice")]

    def body(self) -> Iterable[Widget]:
        """What is wrong if something is, then the list, then the level."""
        yield Block(self._problem, id="problem")
        yield Rows(id="devices")
        yield Block(self._level, id="levels")

    def on_mount(self) -> None:
        """Follow the level too."""
        super().on_mount()
        self.watch(self.app, "meters", self._measured, init=False)

    def _measured(self) -> None:
        if self.is_current:
            self.query_one("#levels").refresh()

    def show(self, snapshot: Snapshot) -> None:
        """List the devices with a mark at those in use."""
        devices = snapshot.devices
        inputs = [device.name for device in devices.available if device.input]
        outputs = [device.name for device in devices.available if device.output]
        self.query_one(Rows).fill(
            [
                Row("", Content("Microphone"), heading=True),
                *self._rows(_MICROPHONE, inputs, devices.microphone),
                Row("", Content("Speaker"), heading=True),
                *self._rows(_SPEAKER, outputs, devices.speaker),
            ]
        )

    def _rows(self, kind: str, names: list[str], used: str) -> list[Row]:
        return [
            Row(
                f"{kind}:{name}",
                lines.line(
                    ("● in use   " if name == used else "           ", lines.GOOD),
                    lines.text(name or _DEFAULT),
                ),
            )
            for name in ["", *names]
        ]

    def _problem(self, width: int) -> list[Content]:
        snapshot = self.store.snapshot
        if snapshot is None or snapshot.devices.problem is None:
            return []
        said = lines.text(snapshot.devices.problem.text)
        return [lines.line((" ! ", "bold $warning"), said).truncate(width, ellipsis=True)]

    def _level(self, width: int) -> list[Content]:  # noqa: ARG002
        level = self.store.meters.microphone
        return [lines.line(" level  ", bar(level, 20), decibels(level))]

    def action_choose(self) -> None:
        """Use the chosen device."""
        if row := self.query_one(Rows).chosen:
            kind, _, name = row.key.partition(":")
            self.store.send(ChooseDevice(_MICROPHONE if kind == _MICROPHONE else _SPEAKER, name))

    def on_rows_chosen(self) -> None:
        """A click on the chosen row uses it."""
        self.action_choose()

    def action_cancel(self) -> None:
        """Close what is open, then go back."""
        if not self.close_strip():
            self.dismiss()
