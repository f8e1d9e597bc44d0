"""The command palette: every key that works here, the verbs that have none, and people to call."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui_call.control.actions import Call
from tui_call.control.verbs import VERBS, Face, Said
from tui_call.control.views import Snapshot
from tui_call.sentences import Sentence
from tui_call.tui import keymap, lines
from tui_call.tui.store import Store, against_inviting

_PEOPLE_AT_MOST = 200
_NOT_OFFERED = ("list", "bar")
_MAKES_SENSE: Mapping[str, Callable[[Snapshot], bool]] = {
    "reconnect": lambda at: at.front is not None and at.front.phase == "active",
    "stop": lambda at: at.front is None,
}
_AGAINST: Mapping[str, Callable[[Snapshot | None], Sentence | None]] = {
    "people.invite": against_inviting,
}
"""Why a key that is offered does nothing now."""


class Commands(Provider):
    """What the palette finds."""

    @property
    def _tui(self) -> Store:
        return cast("Store", self.app)

    async def discover(self) -> Hits:
        """List the keys that work on the screen below."""
        for name, about, command in self._commands():
            yield DiscoveryHit(lines.text(name), command, text=name, help=about)

    async def search(self, query: str) -> Hits:
        """Find commands and people."""
        matcher = self.matcher(query)
        for name, about, command in [*self._commands(), *self._people()]:
            if (score := matcher.match(name)) > 0:
                shown = lines.text(name)
                yield Hit(score, shown, command, text=name, help=about)

    def _commands(self) -> list[tuple[str, str, Callable[[], object]]]:
        working = {
            active.binding.id: key for key, active in reversed(self.screen.active_bindings.items())
        }
        rows = [row for row in keymap.KEYS if row.id in working and row.where not in _NOT_OFFERED]
        rows.sort(key=lambda row: row.where == "app")
        found: list[tuple[str, str, Callable[[], object]]] = [
            (
                row.tooltip,
                self._about(row, working[row.id]),
                partial(self._tui.press, row.id),
            )
            for row in rows
            if not row.id.endswith("_anywhere")
        ]
        return found + self._verbs()

    def _about(self, row: keymap.Key, key: str) -> str:
        """Return where a key works and which it is, or why it does nothing now."""
        against = _AGAINST[row.id](self._tui.snapshot) if row.id in _AGAINST else None
        return against.text if against else f"{keymap.TITLES[row.where]}, key {keymap.shown(key)}"

    def _verbs(self) -> list[tuple[str, str, Callable[[], object]]]:
        """Return what no key does and makes sense now."""
        snapshot = self._tui.snapshot
        if snapshot is None:
            return []
        spoken = Said("", snapshot, datetime.now().astimezone())
        return [
            (verb.help, f"tui-call {verb.name}", partial(self._tui.send, verb.action(spoken)))
            for verb in VERBS
            if Face.PALETTE in verb.faces and _MAKES_SENSE[verb.name](snapshot)
        ]

    def _people(self) -> list[tuple[str, str, Callable[[], object]]]:
        snapshot: Snapshot | None = self._tui.snapshot
        people = snapshot.people[:_PEOPLE_AT_MOST] if snapshot else ()
        return [
            (
                f"Call {lines.text(person.name or person.account).plain}",
                lines.text(person.account).plain,
                partial(self._tui.send, Call(person.account)),
            )
            for person in people
        ]
