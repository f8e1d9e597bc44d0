"""What the commands share: a connection to the engine, and output for people or for programs."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from tui_call.control.actions import FindPeople
from tui_call.control.client import (
    CommandRefused,
    EngineClient,
    EngineUnreachable,
    added,
    wait_until,
)
from tui_call.control.codec import expect_text
from tui_call.control.environment import not_in_the_engine
from tui_call.control.remedies import with_remedies
from tui_call.control.verbs import BY_NAME, Face
from tui_call.control.views import EventView, SentenceView
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean
from tui_call.sentences import paragraph_of, text_of

_T = TypeVar("_T")
Work = Callable[[EngineClient], Awaitable[_T]]
"""What is done while attached to an engine."""
_MOST_LINE = 400
_LOGIN_WITHIN = 15.0
SHORTEST_PASSPHRASE = 8


json_option = click.option("--json", "as_json", is_flag=True, help="One line of JSON.")


def verb_command(name: str, more: str = "") -> Callable[[Callable[..., object]], click.Command]:
    """Make a function the command of a verb, whose line of help it has.

    Args:
        name: of the verb.
        more: code of a sentence that stands behind it in the command's help, "" for none.
    """
    said = paragraph_of(more) if more else ""
    return click.command(name, help=f"{BY_NAME[name].help}. {said}".rstrip())


class NotSetUp(LocalFault):
    """You have no name here yet. Run tui-call once, or tui-call join LINK."""


class NoCall(LocalFault):
    """There is no call now."""

    sentence_code = "N_NOCALL"


class Locked(LocalFault):
    """Your key is locked. Type its passphrase in tui-call first."""


class NotOnline(LocalFault):
    """The service is away, or refuses this device."""

    sentence_code = "F_SERVICE_AWAY"


class NotUtf8(LocalFault):
    """The name of a file is not text."""

    sentence_code = "F_NOT_UTF8"


class NotWritten(LocalFault):
    """A file of the person cannot be written."""


def run(
    profile: str,
    work: Work[_T],
    *,
    start: bool = True,
    lists: bool = True,
) -> _T:
    """Attach to the profile's engine, do the work, detach.

    Args:
        profile: name of the profile.
        work: gets the connection.
        start: start an engine if none runs.
        lists: be told by one that runs of people and past calls, too.

    Raises:
        EngineUnreachable: none runs and none was to be started.
        ProcessFailed: the engine did not start.
        CommandRefused: it said no.
        Abort: the person, or what runs this command, ended it.
    """
    try:
        return asyncio.run(_run(profile, work, start, lists))
    except asyncio.CancelledError as error:
        raise click.Abort from error


def run_until_stopped(profile: str, work: Work[None], *, lists: bool = True) -> None:
    """Do work of an engine that runs which goes on until ctrl+c: so it ends as it should."""
    with contextlib.suppress(KeyboardInterrupt):
        run(profile, work, start=False, lists=lists)
        return
    if sys.stderr.isatty():
        click.echo(err=True)  # the prompt stands below the ^C


async def _run(profile: str, work: Work[_T], start: bool, lists: bool) -> _T:
    from tui_call.control import launch

    if start:
        client = await launch.attach(profile, "cli")
    else:
        client = await launch.connect(profile, "cli", lists=lists)
    try:
        if (ignored := not_in_the_engine(client.snapshot.settings)) is not None:
            click.echo(clean(ignored.whole, _MOST_LINE), err=True)
        return await work(client)
    finally:
        await client.close()


async def be_online(client: EngineClient, seconds: float = _LOGIN_WITHIN) -> None:
    """Wait until the engine is set up and connected to its service.

    Raises:
        NotSetUp: the profile has no identity yet.
        Locked: the identity waits for its passphrase.
        NotOnline: the service is away.
    """
    expect_set_up(client)
    await wait_until(client, lambda at: at.snapshot.service.state in ("online", "refused"), seconds)
    if client.snapshot.service.state != "online":
        problem = client.snapshot.service.problem
        raise NotOnline(problem or "")


def expect_set_up(client: EngineClient) -> None:
    """Do nothing where the engine has a person whose key is open.

    Raises:
        NotSetUp: the profile has no identity yet.
        Locked: the identity waits for its passphrase.
    """
    if client.snapshot.me.state == "new":
        raise NotSetUp
    if client.snapshot.me.state == "locked":
        raise Locked


async def told_of_people(client: EngineClient) -> None:
    """Wait for whom the service lists, where there is one; without it those kept here remain.

    Raises:
        NotOnline: nobody is kept here, and the service is away.
    """
    if client.snapshot.me.state != "ready":
        return
    await told_of_service(client)
    if not client.snapshot.people:
        await be_online(client)
    if client.snapshot.service.state == "online" and not client.snapshot.service.more_people:
        await client.command(FindPeople(""))  # answered after what each login asks for


async def told_of_service(client: EngineClient) -> None:
    """Wait until the engine of a person knows whether the service is there."""
    if client.snapshot.me.state == "ready":
        await wait_until(client, _knows_of_service, _LOGIN_WITHIN)


def _knows_of_service(client: EngineClient) -> bool:
    """Tell whether it is there or away; a personal one that is away is being started."""
    service = client.snapshot.service
    return service.state in ("online", "refused") or (
        service.state == "away" and not service.personal
    )


def path_for_engine(file: Path) -> str:
    """Return where a file is; what a name like /dev/stdin means here is something else there.

    Raises:
        NotUtf8: its name is not text, and cannot be told to an engine.
    """
    path = os.path.realpath(file)
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise NotUtf8(path=path) from error
    return path


def clean_name(typed: str, most: int = 64) -> str:
    """Return a name that was typed, cleaned, but never what is left of one: it may be another's.

    Raises:
        NotText: it holds bytes that are not UTF-8.
    """
    expect_text(typed)
    return clean(typed, most)


def say(text: str) -> None:
    """Print a line for a person, cleaned."""
    click.echo(clean(text, _MOST_LINE))


def say_whether_opened(client: EngineClient, told: Collection[EventView]) -> None:
    """Say that the service began to listen to others, where it did since these notices."""
    for notice in added(told, client.snapshot.notices):
        if notice.sentence.code == "G_OPENED":
            say(notice.sentence.text)


def say_json(value: object) -> None:
    """Print a value for a program, as one line of JSON."""
    click.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=sys.stdout.encoding != "utf-8"))


def sentence_text(sentence: SentenceView) -> str:
    """Return a sentence with its code, as headless commands print it."""
    return f"{with_remedies(sentence, Face.COMMAND)} [{sentence.code}]"


def new_passphrase(code: str = "V_ASK_PASSPHRASE") -> str:
    """Ask twice, in a sentence of that code, for a new passphrase that is long enough."""
    while True:
        typed = click.prompt(text_of(code), hide_input=True, confirmation_prompt=True)
        if len(typed) >= SHORTEST_PASSPHRASE:
            return typed
        click.echo(text_of("O_PASSPHRASE_SHORT", n=SHORTEST_PASSPHRASE), err=True)


def print_qr(link: str) -> None:
    """Print a link as a QR code."""
    import segno

    segno.make(link, error="l").terminal(compact=True)


__all__ = [
    "CommandRefused",
    "EngineUnreachable",
    "Locked",
    "NoCall",
    "NotSetUp",
    "Work",
    "be_online",
    "clean_name",
    "expect_set_up",
    "new_passphrase",
    "path_for_engine",
    "print_qr",
    "run",
    "run_until_stopped",
    "say",
    "say_json",
    "say_whether_opened",
    "sentence_text",
    "told_of_people",
    "told_of_service",
    "wait_until",
]
