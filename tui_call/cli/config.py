"""Settings from the command line, over the engine where one runs, else over the files."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from tui_call.cli.outcome import REFUSED_INPUT
from tui_call.cli.session import json_option, run, say, say_json
from tui_call.config.key_bindings import BY_ID
from tui_call.config.load import DEFAULT, Loaded, held, load_client, load_service
from tui_call.config.paths import ConfigFiles, ProfilePaths
from tui_call.config.render import render
from tui_call.config.schema import KEYS, Setting
from tui_call.config.schema import settings as settings_of
from tui_call.config.sections import ClientConfig, ServiceConfig
from tui_call.config.values import InvalidValue, format_value
from tui_call.config.write import (
    FileNotWritten,
    SettingHeld,
    UnknownSetting,
    read_setting,
    write_setting,
)
from tui_call.control.actions import ChangeSetting
from tui_call.control.client import EngineClient, EngineUnreachable
from tui_call.control.views import SettingView
from tui_call.errors import RefusedInput
from tui_call.sentences import paragraph_of, text_of

_EMPTY = '""'
_service_option = click.option(
    "--service", "of_service", is_flag=True, help="The service's settings, service.toml."
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A setting as it is printed: who set it, and what limits it, "" for nothing."""

    key: str
    value: str
    source: str
    limited_by: str = ""


@dataclass(frozen=True, slots=True)
class _Program:
    """The client or the service: its file and its keys."""

    config_class: type[ClientConfig] | type[ServiceConfig]
    files: ConfigFiles

    @property
    def file(self) -> Path:
        return self.files.user

    def load(self) -> Loaded[Any]:
        if self.config_class is ClientConfig:
            return load_client(self.files)
        return load_service(self.files)

    def expect(self, key: str, text: str | None = None) -> Setting:
        """Return the row of a key that takes this value.

        Raises:
            RefusedInput: there is no such key, or the value is not allowed.
        """
        try:
            return read_setting(key, text, self.config_class)[0]
        except UnknownSetting as error:
            raise RefusedInput(error.sentence) from error
        except InvalidValue as error:
            said = error.sentence
            raise RefusedInput(replace(said, text=f"{key}: {said.text}")) from error


def _program(profile: str, of_service: bool) -> _Program:
    paths = ProfilePaths(profile)
    if of_service:
        return _Program(ServiceConfig, paths.service_files)
    return _Program(ClientConfig, paths.client_files)


@click.group(help=paragraph_of("H_CONFIG"))
def config() -> None:
    """Read and change settings."""


@config.command("get", help=paragraph_of("H_CONFIG_GET"))
@click.argument("key")
@_service_option
@click.pass_obj
def get_(profile: str, key: str, of_service: bool) -> None:
    """Print the value of a key."""
    program = _program(profile, of_service)
    setting = program.expect(key)
    rows = _from_engine(profile, program) or _from_files(program)
    found = next((row.value for row in rows if row.key == key), "")
    say(found or _default(setting))


@config.command("set", help=paragraph_of("H_CONFIG_SET"))
@click.argument("key")
@click.argument("value", required=False)
@click.option("--default", "to_default", is_flag=True, help="Go back to the default.")
@_service_option
@click.pass_obj
def set_(profile: str, key: str, value: str | None, to_default: bool, of_service: bool) -> None:
    """Write one key."""
    if to_default == (value is not None):
        raise click.UsageError(text_of("V_CONFIG_VALUE"))
    program = _program(profile, of_service)
    setting = program.expect(key, value)

    async def order(client: EngineClient) -> None:
        await client.command(ChangeSetting(key, value))

    if not _with_engine(profile, program, order):
        if (winner := held(program.load(), key)) is not None:
            raise SettingHeld(winner)
        write_setting(program.file, key, value, program.config_class)
    say(f"{key} = {_default(setting) if value is None else value}")
    if of_service:
        click.echo(text_of("V_CONFIG_SERVICE"), err=True)


@config.command("edit", help=paragraph_of("H_CONFIG_EDIT"))
@_service_option
@click.pass_context
def edit(context: click.Context, of_service: bool) -> None:
    """Open the file in an editor."""
    program = _program(context.obj, of_service)
    if not program.file.exists():
        _begin(program)
    click.edit(filename=str(program.file))
    problems = [one for one in program.load().problems if one.file == program.file]
    for problem in problems:
        click.echo(f"{problem.sentence.text} {problem.detail}", err=True)
    context.exit(REFUSED_INPUT if problems else 0)


@config.command("path", help=paragraph_of("H_CONFIG_PATH"))
@_service_option
@click.pass_obj
def path(profile: str, of_service: bool) -> None:
    """Print where the file is."""
    click.echo(_program(profile, of_service).file)


@config.command("show", help=paragraph_of("H_CONFIG_SHOW"))
@click.option("--origin", is_flag=True, help="Say who set each, and what limits it.")
@_service_option
@json_option
@click.pass_obj
def show(profile: str, origin: bool, of_service: bool, as_json: bool) -> None:
    """Print every setting."""
    program = _program(profile, of_service)
    told = _from_engine(profile, program)
    rows = told or _from_files(program)
    if as_json:
        say_json({"settings": [_as_json(row) for row in rows]})
        return
    for line in _lines(rows, origin=origin):
        say(line)
    if origin and not (told or of_service):
        click.echo(text_of("V_CONFIG_NO_LIMITS"), err=True)


def _lines(rows: Sequence[_Shown], *, origin: bool) -> list[str]:
    settings = [f"{row.key} = {row.value or _EMPTY}" for row in rows]
    if not origin:
        return settings
    return [
        f"{setting} ({row.source}) {row.limited_by}"
        for setting, row in zip(settings, rows, strict=True)
    ]


def _as_json(row: _Shown) -> dict[str, str]:
    named = {"key": row.key, "value": row.value, "source": row.source}
    return {**named, "limited_by": row.limited_by}


def _with_engine(
    profile: str, program: _Program, work: Callable[[EngineClient], Awaitable[None]]
) -> bool:
    """Do something over the engine; False where none runs, or it is not its file."""
    if program.config_class is ServiceConfig:
        return False
    try:
        run(profile, work, start=False, lists=False)
    except EngineUnreachable:
        return False
    return True


def _from_engine(profile: str, program: _Program) -> list[_Shown]:
    """Return every setting as the engine uses it; nothing where none runs."""
    told: list[_Shown] = []

    async def ask(client: EngineClient) -> None:
        told.extend(map(_told, client.snapshot.settings))

    _with_engine(profile, program, ask)
    return told


def _told(view: SettingView) -> _Shown:
    limit = view.limited_by.text if view.limited_by else ""
    return _Shown(view.key, view.value, view.source, limit)


def _from_files(program: _Program) -> list[_Shown]:
    loaded = program.load()
    keys = dict.fromkeys((*settings_of(program.config_class), *loaded.values))
    return [
        _Shown(key, format_value(loaded.values[key]), loaded.sources.get(key, DEFAULT))
        for key in keys
    ]


def _default(setting: Setting) -> str:
    if setting.section == KEYS:
        return BY_ID[setting.name].keys
    return format_value(setting.default)


def _begin(program: _Program) -> None:
    """Write a file in which every key stands as a comment with its default.

    Raises:
        FileNotWritten: the system did not let it be written.
    """
    file = program.file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render(program.config_class, file.name), encoding="utf-8")
    except OSError as error:
        raise FileNotWritten(path=file, reason=error.strerror) from error
