"""Commands that are one order to the engine each, made from the table of verbs."""

from collections.abc import Callable, Mapping
from datetime import datetime

import click

from tui_call.cli.session import run, say, told_of_people, told_of_service
from tui_call.control.actions import AddContact
from tui_call.control.client import EngineClient
from tui_call.control.outcomes import outcome
from tui_call.control.selection import NobodySo
from tui_call.control.verbs import BY_NAME, Said, Verb
from tui_call.control.views import Snapshot
from tui_call.sentences import sentence
from tui_call.tui.plain import call_line, current_call, presence_line


def command_of(name: str) -> click.Command:
    """Return the command of a verb."""
    verb = BY_NAME[name]
    metavar = verb.argument.replace(" | ", "|")
    words = click.Argument(["words"], nargs=-1, required=verb.needs_words, metavar=metavar)

    @click.pass_obj
    def give(profile: str, words: tuple[str, ...] = (), **options: bool) -> None:
        said = frozenset(name for name, given in options.items() if given)
        _give(profile, verb, " ".join(words), said)

    params: list[click.Parameter] = [words] if verb.argument else []
    for option, about in verb.options:
        params.append(click.Option([f"--{option}"], is_flag=True, help=f"{about}."))
    return click.Command(name, callback=give, params=params, help=f"{verb.help}.")


def _give(profile: str, verb: Verb, words: str, options: frozenset[str]) -> None:
    async def work(client: EngineClient) -> None:
        def said() -> Said:
            return Said(words, client.snapshot, datetime.now().astimezone(), options)

        try:
            action = verb.action(spoken := said())
        except NobodySo:
            await told_of_people(client)  # the engine may have begun just now
            action = verb.action(spoken := said())
        if isinstance(action, AddContact):
            await told_of_service(client)  # it is asked, and the engine may have begun just now
        result = await client.command(action)
        told = outcome(verb, spoken, action, client.snapshot, result)
        say(told.text if told else _SHOWN[verb.name](client.snapshot))

    # What starts an engine is about people; in a call nobody waits for a list of everybody.
    run(profile, work, start=verb.starts, lists=verb.starts)


def _microphone(snapshot: Snapshot) -> str:
    found = current_call(snapshot)
    return found.microphone_word if found else ""


def _front(snapshot: Snapshot) -> str:
    found = current_call(snapshot)
    return call_line(found) if found else ""


def _presence(snapshot: Snapshot) -> str:
    return presence_line(snapshot.me) or "Free."


_SHOWN: Mapping[str, Callable[[Snapshot], str]] = {
    "decline": lambda _: sentence("V_DECLINED").text,
    "hangup": lambda _: sentence("V_ENDED").text,
    "mute": _microphone,
    "talk": _microphone,
    "hold": _front,
    "swap": _front,
    "retrieve": _front,
    "yes": _front,
    "no": _front,
    "dnd": _presence,
}
"""What is printed of an order that has no sentence of its own: how things are now."""
