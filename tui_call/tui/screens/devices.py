"""Choose sound devices and what is done to the microphone's sound, also in a call; try them."""

from collections.abc import Iterable
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import (
    MOST_HEARD_SECONDS,
    ChangeSetting,
    ChooseDevice,
    HearYourself,
    LookForDevices,
)
from tui_call.control.views import Snapshot
from tui_call.sentences import text_of
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.widgets.levels import bar, decibels
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows

_DEFAULT = "The system's default"
_HEAR = text_of("T_HEAR_YOURSELF", n=round(MOST_HEARD_SECONDS))
_AT_THE_SPEAKER = "The same as the speaker"
_SWITCHES = (
    ("audio.headphones", text_of("T_HEADPHONES")),
    ("audio.echo_cancellation", "Take echo out"),
    ("audio.noise_suppression", "Take noise out"),
    ("audio.gain_control", text_of("T_GAIN")),
)


class DevicesScreen(BaseScreen):
    """Lists of devices and switches in one; Enter uses or turns the chosen one at once."""

    where = "choice"
    name_shown = "Devices"
    BINDINGS: ClassVar = [*bindings("choice")]

    def body(self) -> Iterable[Widget]:
        """What is wrong if something is, then the list, then the level."""
        yield TextBlock(self._problem, id="problem")
        yield Rows(id="devices")
        yield TextBlock(self._level, id="levels")

    def on_mount(self) -> None:
        """Follow the level too."""
        super().on_mount()
        self.store.send(LookForDevices())
        self.watch(self.store, "meters", self._measured, init=False)

    def _measured(self) -> None:
        if self.is_current:
            self.query_one("#levels", TextBlock).renew()

    def show(self, snapshot: Snapshot) -> None:
        """List the devices and switches with a mark at those in use."""
        devices = snapshot.devices
        inputs = [device.name for device in devices.available if device.input]
        outputs = [device.name for device in devices.available if device.output]
        self.query_one(Rows).fill(
            [
                Row("", _heading("Microphone", devices.speaks), heading=True),
                *_devices("microphone", inputs, devices.microphone, idle=bool(devices.speaks)),
                Row("", _heading("Speaker", devices.listens), heading=True),
                *_devices("speaker", outputs, devices.speaker, idle=bool(devices.listens)),
                Row("", Content(text_of("T_RING_AT")), heading=True),
                *_devices("ring_device", outputs, devices.ring_device, _AT_THE_SPEAKER),
                Row("", Content("Your sound"), heading=True),
                *_switches(snapshot),
                _row(
                    "hear",
                    "on" if devices.hearing_yourself else "off",
                    _HEAR,
                ),
            ]
        )

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
        """Use the chosen device, or turn the chosen switch."""
        row, snapshot = self.query_one(Rows).chosen, self.store.snapshot
        if row is None or snapshot is None:
            return
        kind, _, name = row.key.partition(":")
        match kind:
            case "hear":
                self.store.send(HearYourself(not snapshot.devices.hearing_yourself))
            case "microphone" | "speaker" | "ring_device":
                self.store.send(ChooseDevice(kind, name))
            case _:
                self._turn(snapshot, kind)

    def _turn(self, snapshot: Snapshot, key: str) -> None:
        view = next(view for view in snapshot.settings if view.key == key)
        if view.limited_by is not None:
            self.explain(view.limited_by)
        else:
            self.store.send(ChangeSetting(key, "false" if view.value == "true" else "true"))

    def on_rows_chosen(self) -> None:
        """A click on the chosen row uses it."""
        self.action_choose()

    def action_cancel(self) -> None:
        """Close what is open, then go back."""
        if not self.close_strip():
            self.dismiss()

    def on_screen_suspend(self) -> None:
        """Play nothing back once nobody can see that it is played."""
        super().on_screen_suspend()
        if self.store.snapshot is not None and self.store.snapshot.devices.hearing_yourself:
            self.store.send(HearYourself(on=False))


def _heading(what: str, stand_in: str) -> Content:
    return lines.text(f"{what}: {stand_in}" if stand_in else what)


def _devices(
    kind: str, names: list[str], used: str, nothing: str = _DEFAULT, *, idle: bool = False
) -> list[Row]:
    """Return the devices of a kind; `idle`: something else is in use instead of the chosen one."""
    # One that is chosen and not there at present is listed too.
    listed = ["", *names, *([used] if used and used not in names else [])]
    chosen = "" if idle else "in use"
    return [
        _row(f"{kind}:{name}", chosen if name == used else "", name or nothing) for name in listed
    ]


def _switches(snapshot: Snapshot) -> list[Row]:
    views = {view.key: view for view in snapshot.settings}
    return [
        _row(key, "on" if view.value == "true" and view.limited_by is None else "off", label)
        for key, label in _SWITCHES
        if (view := views.get(key)) is not None
    ]


def _row(key: str, state: str, label: str) -> Row:
    mark = "● " if state in ("in use", "on") else "  "
    style = lines.GOOD if state in ("in use", "on") else lines.SOFT
    return Row(key, lines.line((f"{mark}{state:<9}", style), lines.text(label)))
