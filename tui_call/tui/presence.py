"""What is said of whether somebody can be called now, with its style."""

from collections.abc import Mapping

from tui_call.control.views import Presence
from tui_call.tui import lines

PRESENCE: Mapping[Presence, tuple[str, str]] = {
    "free": ("● free", lines.GOOD),
    "busy": ("● in a call", lines.WARN),
    "away": ("○ away", ""),
    "do_not_disturb": ("○ do not disturb", ""),
    "offline": ("○ offline", lines.SOFT),
}
