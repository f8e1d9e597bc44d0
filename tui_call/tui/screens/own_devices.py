"""The person's own devices as Settings shows them, and the question whether to remove one."""

from textual.content import Content

from tui_call.control.views import OwnDeviceView, SentenceView, Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.tui import lines
from tui_call.tui.screens.dialogs import Choice, Choose
from tui_call.tui.widgets.find import Find
from tui_call.tui.widgets.rows import Row

_PREFIX = "device."
_HERE = sentence("T_DEVICE_HERE")
_HAS_KEY = sentence("T_DEVICE_HAS_KEY")
_NOT_FROM_HERE = sentence("T_DEVICE_NOT_FROM_HERE")


def rows(snapshot: Snapshot, find: Find, room: int) -> list[Row]:
    """Return a heading and a row a device, of those that are looked for."""
    found = [
        Row(f"{_PREFIX}{view.id}", _line(view, snapshot.me.holds_key, room))
        for view in snapshot.me.devices
        if find.finds("your devices", view.name)
    ]
    return [Row("", Content("Your devices"), heading=True), *found] if found else []


def find(snapshot: Snapshot, key: str) -> OwnDeviceView | None:
    """Return the device of a row, None where the row is another one."""
    wanted = key.removeprefix(_PREFIX)
    if wanted == key:
        return None
    return next((view for view in snapshot.me.devices if view.id == wanted), None)


def details(view: OwnDeviceView, snapshot: Snapshot, width: int) -> list[Content]:
    """Return what is known of a device."""
    if view.holds_key:
        said = text_of("T_DEVICE_KEY_HERE")
        if not view.here:
            said = text_of("T_DEVICE_KEY_THERE")
    elif view.linked or not snapshot.me.holds_key:
        said = text_of("T_DEVICE_LINKED")
    else:
        said = text_of("T_DEVICE_NOT_FINISHED")
    return [
        lines.rule(width, "Your devices"),
        lines.line(" ", lines.text(view.name), f"   {view.id}"),
        lines.line(" ", lines.text(said, lines.SOFT)),
    ]


def not_removable(view: OwnDeviceView, snapshot: Snapshot) -> SentenceView | None:
    """Return why a device cannot be removed from here, None where it can."""
    if view.here:
        return _HERE
    if view.holds_key:
        return _HAS_KEY
    return None if snapshot.me.holds_key else _NOT_FROM_HERE


def question(view: OwnDeviceView) -> Choose:
    """Return the question whether to remove a device; its answer is "remove" or "keep"."""
    return Choose(
        text_of("T_DEVICE_REMOVE_ASK", device=view.name),
        [text_of("T_DEVICE_REMOVE_ABOUT")],
        [
            Choice("keep", "Keep", text_of("T_NOTHING_CHANGES")),
            Choice("remove", "Remove", text_of("T_DEVICE_REMOVE_CHOICE")),
        ],
    )


def _line(view: OwnDeviceView, by_holder: bool, room: int) -> Content:
    first, second = room * 34 // 100, room * 32 // 100
    state = ("online", lines.GOOD) if view.online else ("offline", lines.SOFT)
    if view.here:
        about = "this device"
    elif view.holds_key:
        about = "has your account's key"
    else:
        about = "not finished" if by_holder and not view.linked else ""
    return lines.line(
        lines.column(view.name, first - 2),
        "  ",
        lines.column(state[0], second - 1, state[1]),
        " ",
        lines.text(about, lines.SOFT),
    )
