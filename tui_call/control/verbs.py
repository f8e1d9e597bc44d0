"""The verbs: what a person can say to tui-call in words, in one table.

The command line has a command for each, the prompt of lines takes them typed, and the palette
offers those that no key does. A verb with an `order` means an action of the engine; the
others show something, or need more than one step, and each face does them in its own way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Flag, auto
from functools import partial
from pathlib import Path
from typing import Literal

from tui_call.control import actions
from tui_call.control.actions import Action
from tui_call.control.selection import (
    NoSuchCall,
    NothingAsked,
    account_named,
    asking_call,
    call_id,
    call_that_asks_to_be_kept,
    names_in,
)
from tui_call.control.views import Snapshot
from tui_call.errors import LocalFault


class NotUnderstood(LocalFault):
    """What follows a verb is not what it takes."""


class Face(Flag):
    """Where a verb is understood."""

    COMMAND = auto()
    LINES = auto()
    PALETTE = auto()


@dataclass(frozen=True, slots=True)
class Said:
    """What a verb is said with.

    Attributes:
        words: what follows it, "" for nothing.
        snapshot: what the engine said last.
        now: the time here, with its zone.
        options: names of those that were said with it.
    """

    words: str
    snapshot: Snapshot
    now: datetime
    options: frozenset[str] = frozenset()


Order = Callable[[Said], Action]


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table.

    Attributes:
        name: the verb.
        argument: what follows it, as help writes it; "" for nothing.
        help: what it does, in one line.
        options: what may be said with it: a name, as in "--ask", and what it does.
        order: makes the action; None where it is no single one.
        done: code of the sentence that says that it was carried out; "" where what happens says it.
        also: other names at the prompt of lines.
        faces: where it is understood.
        starts: a command starts the engine where none runs.
    """

    name: str
    argument: str
    help: str
    order: Order | None = None
    options: tuple[tuple[str, str], ...] = ()
    done: str = ""
    also: tuple[str, ...] = ()
    faces: Face = Face.COMMAND | Face.LINES
    starts: bool = False

    @property
    def usage(self) -> str:
        """The verb with what follows it."""
        return f"{self.name} {self.argument}".strip()

    @property
    def whole_usage(self) -> str:
        """The verb with all that can be said with it."""
        return " ".join((self.usage, *(f"[--{name}]" for name, _ in self.options)))

    def typed(self, words: str, snapshot: Snapshot, now: datetime) -> Said:
        """Return what is said by words that were typed, options among them."""
        known = {f"--{name}": name for name, _ in self.options}
        said = words.split()
        options = frozenset(known[word] for word in said if word in known)
        left = " ".join(word for word in said if word not in known) if options else words
        return Said(left, snapshot, now, options)

    @property
    def needs_words(self) -> bool:
        """Whether it means nothing without them."""
        return bool(self.argument) and not self.argument.startswith("[")

    def action(self, spoken: Said) -> Action:
        """Return what the engine is to do.

        Raises:
            NotUnderstood: what follows the verb is not what it takes.
            LocalFault: it names no call or person, or more than one.
        """
        missing = self.needs_words and not spoken.words
        if self.order is None or missing or (spoken.words and not self.argument):
            raise NotUnderstood(usage=self.whole_usage)
        try:
            return self.order(spoken)
        except (KeyError, ValueError) as error:
            raise NotUnderstood(usage=self.whole_usage) from error


def _of_call(make: Callable[..., Action]) -> Order:
    return lambda spoken: make(call=call_id(spoken.snapshot, spoken.words))


def _of_person(make: Callable[..., Action]) -> Order:
    return lambda spoken: make(account=account_named(spoken.snapshot, spoken.words))


def _answering(yes: bool) -> Order:
    def order(spoken: Said) -> Action:
        try:
            call, code = asking_call(spoken.snapshot, spoken.words)
        except NothingAsked:
            call = call_that_asks_to_be_kept(spoken.snapshot, spoken.words)
            return actions.AgreeToBeKept(yes, call=call)
        return actions.Consent(yes, code, call=call)

    return order


def _switch_and_call(said: Said, words: Mapping[str, bool]) -> tuple[bool, str]:
    """Return what one of some words says, on without one, and the id of the call that is meant.

    Raises:
        ValueError: what is said is no such word and names no call.
    """
    first, _, rest = said.words.partition(" ")
    on = words.get(first)
    if on is not None:
        return on, call_id(said.snapshot, rest)
    try:
        return True, call_id(said.snapshot, said.words)
    except NoSuchCall as error:
        raise ValueError(said.words) from error


def _record(said: Said) -> Action:
    on, call = _switch_and_call(said, _ON_OFF)
    return actions.RecordCall(on, on and "tracks" in said.options, call=call)


def _switching(make: Callable[..., Action], words: Mapping[str, bool]) -> Order:
    def order(said: Said) -> Action:
        on, call = _switch_and_call(said, words)
        return make(on, call=call)

    return order


def _kept(kind: Literal["recording", "transcript"]) -> Order:
    def order(said: Said) -> Action:
        verb, _, rest = said.words.partition(" ")
        kept, _, folder = rest.strip().partition(" ")
        match verb:
            case "" | "list" if not rest:
                return actions.ListKept(kind)
            case "export" if kept and folder.strip():
                path = Path(folder.strip()).expanduser().absolute()
                return actions.ExportKept(kept, str(path), kind)
            case "delete" if kept and not folder:
                return actions.DeleteKept(kept, kind)
            case _:
                raise ValueError(verb)

    return order


def _call(spoken: Said) -> Action:
    first, *others = names_in(spoken.snapshot, spoken.words)
    standard, all_join = ("standard" in spoken.options), ("all" in spoken.options)
    return actions.Call(first, tuple(others), standard=standard, all_join=all_join)


_SWITCHES: Mapping[str, bool | None] = {"": None, "toggle": None, "on": True, "off": False}
_ON_OFF: Mapping[str, bool] = {"on": True, "off": False}
_YES_NO: Mapping[str, bool] = {"yes": True, "no": False}
_ANSWERS: Mapping[str, actions.Answer] = {
    "": actions.Answer(),
    "muted": actions.Answer(muted=True),
    "hold": actions.Answer(front="hold"),
    "end": actions.Answer(front="end"),
}


def _contact(spoken: Said) -> Action:
    address, _, name = spoken.words.partition(" ")
    return actions.AddContact(address, name.strip())


def _do_not_disturb(spoken: Said) -> Action:
    words = spoken.words
    busy = spoken.snapshot.me.presence == "do_not_disturb"
    if words == "off" or (not words and busy):
        return actions.SetPresence("free")
    if words in ("", "on"):
        return actions.SetPresence("do_not_disturb")
    clock = datetime.strptime(words.removeprefix("until").strip(), "%H:%M")  # noqa: DTZ007 - a time of day where the person is
    until = spoken.now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    if until <= spoken.now:
        until += timedelta(days=1)
    return actions.SetPresence("do_not_disturb", until.timestamp())


VERBS: tuple[Verb, ...] = (
    Verb("status", "", "What goes on in one line, the shield first"),
    Verb("calls", "", "The calls that are on: which is in front, held, or waits"),
    Verb("contacts", "[TEXT]", "Everybody you can call, or who has TEXT in name or address",
        also=("people", "find")),
    Verb("call", "NAME", "Call somebody, by name or address; of several, the first answer takes it",
        _call, options=(("standard", "Not E2EE: through the bridge, which can hear"),
            ("all", "Of several, all who answer join"))),
    Verb("answer", "[muted | hold | end]", "Answer; hold or end the call you are in",
        lambda said: _ANSWERS[said.words]),
    Verb("decline", "[ID]", "Decline the call that rings", _of_call(actions.Decline)),
    Verb("silence", "[ID]", "No ring tone here; it goes on ringing for them",
        _of_call(actions.Silence), faces=Face.LINES),
    Verb("hangup", "[ID]", "End or cancel the call", _of_call(actions.HangUp),
        also=("end",)),
    Verb("hold", "[ID]", "Hold the call, or take it off hold", _of_call(actions.Hold)),
    Verb("swap", "[ID]", "Hold the call in front and speak in the other one",
        _of_call(actions.Swap)),
    Verb("yes", "[ID]", "Say yes to what a call asks", _answering(yes=True)),
    Verb("no", "[ID]", "Say no to it, or take back what you asked", _answering(yes=False)),
    Verb("add", "NAME", "Ring somebody into the call", lambda said: actions.Add(said.words),
        done="V_RINGS_THERE"),
    Verb("merge", "[ID]", "Make one call of the one in front and another",
        lambda said: actions.Merge(call_id(said.snapshot, said.words)), done="V_MERGED"),
    Verb("transfer", "NAME", "Let somebody else take your place in the call",
        lambda said: actions.Transfer(said.words, ask="ask" in said.options),
        options=(("ask", "Speak with them first; then complete, or hangup to come back"),),
        done="V_TRANSFERRED"),
    Verb("complete", "", "Join the two, of whom you asked one first, and leave",
        lambda _: actions.CompleteTransfer(), done="V_COMPLETED"),
    Verb("park", "", "Leave the others at a park slot, where they hear music",
        lambda _: actions.Park(), done="V_PARKED"),
    Verb("parked", "", "What is parked, and at which slot"),
    Verb("retrieve", "SLOT", "Take what is parked at a slot",
        lambda said: actions.Retrieve(int(said.words))),
    Verb("handover", "[DEVICE]", "Let the call go on at another device of yours",
        lambda said: actions.HandOver(said.words), done="V_HANDING_OVER"),
    Verb("record", "[on | off] [CALL]", "Record the call, or stop that; all are told",
        _record, options=(("tracks", "A file of each person, too"),), done="V_RECORD"),
    Verb("transcribe", "[on | off] [CALL]", "Keep what is said in the call as text, or stop that",
        _switching(actions.Transcribe, _ON_OFF), done="V_TRANSCRIBE"),
    Verb("agree", "[yes | no] [CALL]", "Say whether what you say may be recorded and transcribed",
        _switching(actions.AgreeToBeKept, _YES_NO), done="V_AGREE"),
    Verb("captions", "[on | off] [CALL]", "Show what is said in the call as it is spoken",
        _switching(actions.ShowCaptions, _ON_OFF), done="V_CAPTIONS"),
    Verb("recordings", "[list | export ID FOLDER | delete ID]", "Recordings of your calls",
        _kept("recording")),
    Verb("transcripts", "[list | export ID FOLDER | delete ID]", "Transcripts of your calls",
        _kept("transcript")),
    Verb("leave", "CAPABILITY", "Ask to leave E2EE for what it closes, for example add",
        lambda said: actions.LeaveE2EE("_".join(said.words.split())), done="V_LEAVING"),
    Verb("e2ee", "", "Ask to go on E2EE, of two people", lambda _: actions.GoE2EE(),
        done="V_GOING_E2EE"),
    Verb("mute", "[on | off | toggle]", "Mute the microphone, or open it",
        lambda said: actions.Mute(_SWITCHES[said.words])),
    Verb("talk", "[on | off | toggle]", "Open the microphone, or mute it; for keys of a desktop",
        lambda said: actions.Talk(_SWITCHES[said.words])),
    Verb("note", "TEXT", "Send a note in the call", lambda said: actions.Note(said.words),
        done="V_NOTED"),
    Verb("reconnect", "", "Reconnect: look for another way through the network; the call goes on",
        lambda _: actions.FindNewPath(), done="V_RECONNECT",
        faces=Face.COMMAND | Face.LINES | Face.PALETTE),
    Verb("stats", "", "How the connection of the call does", faces=Face.COMMAND),
    Verb("why", "", "What is off in this call, and why", faces=Face.LINES),
    Verb("keys", "[NAME]", "The code of the call, or somebody's fingerprint"),
    Verb("type", "TEXT", "What you heard, or read there: is it the same?", faces=Face.LINES),
    Verb("match", "[NAME]", "Say that the code is the same, or in person the key of NAME",
        faces=Face.LINES),
    Verb("differ", "[NAME]", "Say that it differs; in a call that ends it", faces=Face.LINES),
    Verb("undo", "[NAME]", "Take a match back, soon after it", faces=Face.LINES),
    Verb("accept", "NAME", "Take somebody's new key, after keys NAME", faces=Face.LINES),
    Verb("history", "", "Past calls"),
    Verb("dnd", "[on | off | until TIME]", "Do not disturb, on or off, or until a time like 14:00",
        _do_not_disturb),
    Verb("contact", "ADDRESS", "Keep somebody among your people", _contact, done="V_KEPT",
        starts=True),
    Verb("block", "NAME", "Refuse all calls of somebody", _of_person(actions.Block),
        done="V_BLOCKED", starts=True),
    Verb("unblock", "NAME", "Take calls of somebody again",
        _of_person(partial(actions.Block, on=False)), done="V_UNBLOCKED", starts=True),
    Verb("forget", "NAME", "Take somebody off your people, and out of past calls",
        _of_person(actions.Forget), done="V_FORGOTTEN", starts=True),
    Verb("name", "[TEXT]", "How others see you called; your address stays",
        lambda said: actions.ChangeName(said.words)),
    Verb("invite", "", "A link for a friend"),
    Verb("link", "", "A link for another device of yours, for a few minutes", faces=Face.LINES),
    Verb("unlock", "[PASSPHRASE]", "Unlock your key, or ask the keyring again",
        lambda said: actions.Unlock(said.words), faces=Face.LINES),
    Verb("stop", "", "Stop the engine: calls are hung up, and nothing rings until it starts again",
        lambda _: actions.Stop(), faces=Face.COMMAND | Face.PALETTE),
    Verb("watch", "", "A line for each change, for scripts and status bars", faces=Face.COMMAND),
    Verb("help", "", "This list", faces=Face.LINES),
    Verb("quit", "", "Leave; a call goes on", also=("q", "exit"), faces=Face.LINES),
)  # fmt: skip

BY_NAME: Mapping[str, Verb] = {verb.name: verb for verb in VERBS}


def verb_at_prompt(word: str) -> Verb | None:
    """Return the verb that somebody types among lines, None if there is none."""
    for verb in VERBS:
        if Face.LINES in verb.faces and word in (verb.name, *verb.also):
            return verb
    return None
