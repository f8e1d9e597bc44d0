"""The person's own devices as Settings shows them, and the question whether to remove one."""

from textual.content import Content

from tui_call.control.views import OwnDeviceView, SentenceView, Snapshot
from tui_call.tui import lines
from tui_call.tui.screens.dialogs import Choice, Choose
from tui_call.tui.widgets.find import Find
from tui_call.tui.widgets.rows import Row

_PREFIX = "device."
_HERE = SentenceView("", "", "This is the device that you are using now.")
_HAS_KEY = SentenceView("", "", "Your account's key is on that device. It cannot be removed.")
_NOT_FROM_HERE = SentenceView("", "", "Devices are removed on the one that has your account's key.")


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
        said = "Your account's key is here: it links other devices and renews them."
        if not view.here:
            said = "Your account's key is on this one: it links other devices and renews them."
    elif view.linked or not snapshot.me.holds_key:
        said = "It makes and takes calls as you, and is renewed by the one that linked it."
    else:
        said = "It can log in and make no calls: linking it was not finished. Remove it."
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
        f"Remove {lines.text(view.name).plain}?",
        ["It can make and take no calls then. Linking it again takes a new link."],
        [
            Choice("keep", "Keep", "nothing changes"),
            Choice("remove", "Remove", "at once, for everybody who calls you"),
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
