"""Commands that show what is said in a call, and what was kept of calls."""

import shutil
import sys
import time
from datetime import datetime

import click
import msgspec

from tui_call.cli.session import (
    NoCall,
    Work,
    be_online,
    json_option,
    run,
    run_until_stopped,
    say,
    say_json,
    verb_command,
)
from tui_call.control.actions import DeleteKept, ListKept, ShowCaptions
from tui_call.control.client import EngineClient, wait_until
from tui_call.control.lines import Caption
from tui_call.control.outcomes import outcome
from tui_call.control.remedies import with_remedies
from tui_call.control.selection import NoSuchCall, call_id, call_now
from tui_call.control.verbs import BY_NAME, Face, Said, Verb
from tui_call.control.views import CallView, Snapshot
from tui_call.errors import LocalFault
from tui_call.foreign_text import clean, clip
from tui_call.sentences import text_of
from tui_call.signaling.kept import ListedKept, exported_names
from tui_call.signaling.vocabulary import MOST_SPOKEN
from tui_call.tui import moments
from tui_call.tui.kept_lists import all_kept
from tui_call.tui.plain import kept_line, lasting_calls

_SHOWN_WITHIN = 5.0
"""Seconds until the service has told that captions are shown here."""


class NotShownHere(LocalFault):
    """Captions are ended where they are shown."""


@verb_command("captions", "H_CAPTIONS")
@click.argument("words", nargs=-1, metavar="[CALL]")
@json_option
@click.pass_obj
def captions(profile: str, words: tuple[str, ...], as_json: bool) -> None:
    """Print what is said as it is spoken, until the call is over or this is stopped."""

    async def work(client: EngineClient) -> None:
        meant = _call_meant(client.snapshot, " ".join(words))
        printer = _AsJson() if as_json else _Lines()
        await client.command(ShowCaptions(on=True, call=meant))
        await wait_until(client, lambda at: _shown(at.snapshot, meant) is not None, _SHOWN_WITHIN)
        async for update in client.lines():
            if isinstance(update, Caption):
                printer.spoken(update)
            elif (shown := _shown(client.snapshot, meant)) is None:
                break
            else:
                printer.told(_why_none(shown))

    run_until_stopped(profile, work, lists=False)


def _call_meant(snapshot: Snapshot, typed: str) -> str:
    """Return the id of the call that is meant; without a word it is the one in front.

    Raises:
        NoCall: there is none.
        NotShownHere: captions are to be ended, which this command cannot.
        NoSuchCall, SeveralCalls, CallEnded: as `call_named`.
    """
    if not lasting_calls(snapshot):
        raise NoCall
    try:
        return call_id(snapshot, typed) or lasting_calls(snapshot)[0].id
    except NoSuchCall as error:
        if typed != "off":
            raise
        raise NotShownHere from error


def _shown(snapshot: Snapshot, known: str) -> CallView | None:
    """Return the call of an id, as it goes on, while captions of it are shown; else None."""
    call = call_now(snapshot, known)
    return call if call is not None and call.captions and call.phase != "ended" else None


def _why_none(call: CallView) -> str:
    """Return why there are no captions of a call, or none yet; "" where there are."""
    if call.captions_fault is not None:
        return with_remedies(call.captions_fault, Face.COMMAND)
    return text_of("T_CAPTIONS_NONE", "loading") if call.captions_loading else ""


class _AsJson:
    """Prints all that comes, what is a guess yet too."""

    def spoken(self, caption: Caption) -> None:
        say_json(caption)

    def told(self, why_none: str) -> None:
        """Leave it to `tui-call status --json`."""


class _Lines:
    """Prints what is final; in a terminal, below it, what somebody says right now."""

    def __init__(self) -> None:
        self._drafts = sys.stdout.isatty()
        self._why_none = ""

    def spoken(self, caption: Caption) -> None:
        at, said = moments.clock(caption.at), clean(caption.text, MOST_SPOKEN)
        line = f"{at}  {clean(caption.name)}  {said}"
        if caption.final:
            self._clear()
            if caption.text:
                click.echo(line)
        elif self._drafts:
            self._clear()
            click.echo(clip(line, shutil.get_terminal_size().columns - 1), nl=False)

    def told(self, why_none: str) -> None:
        """Say why there are no captions, once."""
        if why_none not in ("", self._why_none):
            self._clear()
            click.echo(why_none, err=True)
        self._why_none = why_none

    def _clear(self) -> None:
        if self._drafts:
            click.echo("\r\x1b[K", nl=False)


def _list(found: list[ListedKept], *, as_json: bool) -> None:
    if as_json:
        say_json({"kept": [_with_exports(one) for one in found]})
        return
    for one in found:
        say(kept_line(one, time.time()))
    if not found:
        say(text_of("V_NONE_KEPT"))


def _with_exports(kept: ListedKept) -> dict[str, object]:
    """Return one as it is listed, with the names of the files that an export writes of it."""
    return {**msgspec.to_builtins(kept), "exports": exported_names(kept) if kept.files else ()}


def _kept_command(name: str) -> click.Command:
    """Return a command that lists, exports and deletes."""
    verb = BY_NAME[name]

    @verb_command(name)
    @click.argument("words", nargs=-1, metavar=verb.argument.replace(" | ", "|"))
    @click.option("--yes", is_flag=True, help="Delete without asking.")
    @json_option
    @click.pass_obj
    def command(profile: str, words: tuple[str, ...], yes: bool, as_json: bool) -> None:
        text = " ".join(words)
        if not yes and (meant := run(profile, _to_be_deleted(verb, text), lists=False)):
            # Nobody is waited for while the engine is attached.
            click.echo(kept_line(meant, time.time()), err=True)
            click.confirm(text_of("V_ASK_DELETE_KEPT", meant.kind), abort=True, err=True)
            text = f"delete {meant.id}"
        run(profile, _carry_out(verb, text, as_json=as_json), lists=False)

    return command


def _to_be_deleted(verb: Verb, words: str) -> Work[ListedKept | None]:
    """Return what finds out which one an order deletes; None where it does not, as is said then."""

    async def work(client: EngineClient) -> ListedKept | None:
        action = verb.action(Said(words, client.snapshot, _now()))
        if not isinstance(action, DeleteKept):
            return None
        await be_online(client)
        found = await all_kept(client.command, ListKept(action.kind)) or []
        named = [one for one in found if one.id.startswith(action.kept)]
        sure = len(named) == 1 and named[0].may_delete and named[0].state != "running"
        return named[0] if sure else None

    return work


def _carry_out(verb: Verb, words: str, *, as_json: bool) -> Work[None]:
    async def work(client: EngineClient) -> None:
        await be_online(client)
        said = Said(words, client.snapshot, _now())
        action = verb.action(said)
        if isinstance(action, ListKept):
            _list(await all_kept(client.command, action) or [], as_json=as_json)
            return
        result = await client.command(action)
        if as_json:
            say_json(result)
        else:
            told = outcome(verb, said, action, client.snapshot, result)
            say(told.text if told else "")

    return work


def _now() -> datetime:
    return datetime.now().astimezone()


recordings = _kept_command("recordings")
transcripts = _kept_command("transcripts")
