"""The configuration of this profile: read, watched, changed, and shown."""

from dataclasses import replace
from typing import Literal

from tui_call.config.load import Loaded, held, load_client, with_setting
from tui_call.config.paths import ProfilePaths
from tui_call.config.schema import Kind, Setting, binding_setting, settings
from tui_call.config.sections import ClientConfig
from tui_call.config.values import format_value
from tui_call.config.watch import ConfigWatcher
from tui_call.config.write import read_setting, write_setting
from tui_call.control.views import SentenceView, SettingView
from tui_call.foreign_text import clean

_KINDS: dict[Kind, Literal["choice", "text", "number", "switch", "keys"]] = {
    Kind.CHOICE: "choice",
    Kind.TEXT: "text",
    Kind.NUMBER: "number",
    Kind.SWITCH: "switch",
    Kind.LIST: "text",
    Kind.KEYS: "keys",
}


class Configuration:
    """What client.toml, the environment and flags say at present."""

    def __init__(self, paths: ProfilePaths) -> None:
        self._files = paths.client_files
        self._watcher = ConfigWatcher([self._files.system, self._files.user])
        self.loaded: Loaded[ClientConfig] = load_client(self._files)

    @property
    def current(self) -> ClientConfig:
        """The values."""
        return self.loaded.config

    @property
    def rekey_interval(self) -> float:
        """Seconds from one rekey of a call to the next."""
        return float(self.current.e2ee.rekey_after_s)

    def poll(self) -> bool:
        """Read the files again if one changed; tell whether that was so."""
        if not self._watcher.poll():
            return False
        self.loaded = load_client(self._files, previous=self.loaded)
        return True

    def with_change(self, key: str, value: str | None) -> ClientConfig:
        """Return the values as they would be after `change`; nothing is written.

        Raises:
            LocalFault: there is no such key, or the value is not allowed.
        """
        _, wanted = read_setting(key, value)
        return with_setting(self.loaded, self._files.user.name, key, wanted)

    def change(self, key: str, value: str | None) -> None:
        """Write a key into client.toml, None for its default, and use it.

        Raises:
            LocalFault: there is no such key, the value is not allowed, or the file cannot be
                edited; nothing was written.
        """
        write_setting(self._files.user, key, value)
        self.loaded = load_client(self._files, previous=self.loaded)

    def held(self, key: str) -> SentenceView | None:
        """Return what wins over client.toml for a key, None if that file may decide."""
        return held(self.loaded, key)

    def problems(self) -> list[SentenceView]:
        """Return for each problem its sentence, with the whole key and what is allowed instead."""
        return [
            replace(
                problem.sentence,
                why=clean(": ".join(part for part in (problem.key, problem.hint) if part), 200),
            )
            for problem in self.loaded.problems
        ]

    def views(self, limited_by: dict[str, SentenceView]) -> tuple[SettingView, ...]:
        """Return every key; `limited_by` says by key what narrows it."""
        rows = [*settings(ClientConfig).values()]
        rows += [binding_setting(binding) for binding in self.current.keys]
        return tuple(self._view(row, limited_by.get(row.key)) for row in rows)

    def _view(self, row: Setting, limited_by: SentenceView | None) -> SettingView:
        return SettingView(
            row.key,
            row.help,
            _KINDS[row.kind],
            format_value(self.loaded.values.get(row.key, row.default)),
            format_value(row.default),
            self.loaded.sources.get(row.key, "default"),
            row.choices,
            limited_by,
        )
