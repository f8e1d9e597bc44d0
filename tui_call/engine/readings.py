"""Meters and figures: readings for screens, of which only the latest matters."""

from collections.abc import Callable

from tui_call.control.lines import Meters
from tui_call.control.server import ControlServer
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.changes import Changes
from tui_call.engine.sound.sound import Sound
from tui_call.engine.views.statistics import statistics_of


class Readings:
    """Reads them off for the screens that there are."""

    def __init__(
        self,
        calls: CallList,
        sound: Sound,
        now: Callable[[], float],
        server: ControlServer,
        changes: Changes,
    ) -> None:
        self._calls = calls
        self._sound = sound
        self._now = now
        self._server = server
        self._changes = changes

    def statistics(self) -> None:
        """Show the figures of the current call."""
        front = self._calls.front
        leg = self._calls.voice(front) if front is not None else None
        figures = statistics_of(leg, self._sound, self._now())
        if figures is not None:
            self._server.publish_latest(figures)
            self._changes.show("calls")

    def meters(self) -> None:
        """Show the levels of this moment."""
        levels = self._sound.meters()
        if levels is None or not self._server.screens:
            return
        front = self._calls.front
        voice = self._calls.voice(front) if front is not None else None
        self._server.publish_latest(
            Meters(
                round(levels.microphone, 1),
                round(levels.speaker, 1),
                levels.speaking,
                levels.peer_speaking,
                dict(voice.voices()) if voice is not None else {},
            )
        )
