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

from tui_call.control import actions
from tui_call.control.actions import Action
from tui_call.control.selection import account_named, call_id
from tui_call.control.views import Snapshot
from tui_call.errors import LocalFault
from tui_call.sentences import Sentence, sentence


class NotUnderstood(LocalFault):
    """What follows a verb is not what it takes."""


class Face(Flag):
    """Where a verb is understood."""

    COMMAND = auto()
    LINES = auto()
    PALETTE = auto()


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a verb is said with.

    Attributes:
        words: what follows it, "" for nothing.
        snapshot: what the engine said last.
        now: the time here, with its zone.
    """

    words: str
    snapshot: Snapshot
    now: datetime


Order = Callable[[Spoken], Action]


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table.

    Attributes:
        name: the verb.
        argument: what follows it, as help writes it; "" for nothing.
        help: what it does, in one line.
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
    done: str = ""
    also: tuple[str, ...] = ()
    faces: Face = Face.COMMAND | Face.LINES
    starts: bool = False

    @property
    def usage(self) -> str:
        """The verb with what follows it."""
        return f"{self.name} {self.argument}".strip()

    @property
    def needs_words(self) -> bool:
        """Whether it means nothing without them."""
        return bool(self.argument) and not self.argument.startswith("[")

    def action(self, spoken: Spoken) -> Action:
        """Return what the engine is to do.

        Raises:
            NotUnderstood: what follows the verb is not what it takes.
            LocalFault: it names no call or person, or more than one.
        """
        missing = self.needs_words and not spoken.words
        if self.order is None or missing or (spoken.words and not self.argument):
            raise NotUnderstood(usage=self.usage)
        try:
            return self.order(spoken)
        except (KeyError, ValueError) as error:
            raise NotUnderstood(usage=self.usage) from error

    def outcome(self, action: Action, snapshot: Snapshot) -> Sentence | None:
        """Return what is to be said once it was carried out, None where what happens says it.

        Args:
            action: what was carried out.
            snapshot: what the engine said after it.
        """
        if isinstance(action, actions.Forget) and action.account in {
            person.account for person in snapshot.people
        }:
            return sentence(self.done, "listed")
        return sentence(self.done) if self.done else None


def _of_call(make: Callable[..., Action]) -> Order:
    return lambda spoken: make(call=call_id(spoken.snapshot, spoken.words))


def _of_person(make: Callable[..., Action]) -> Order:
    return lambda spoken: make(account=account_named(spoken.snapshot, spoken.words))


_SWITCHES: Mapping[str, bool | None] = {"": None, "toggle": None, "on": True, "off": False}
_ANSWERS: Mapping[str, actions.Answer] = {
    "": actions.Answer(),
    "muted": actions.Answer(muted=True),
    "hold": actions.Answer(front="hold"),
    "end": actions.Answer(front="end"),
}


def _contact(spoken: Spoken) -> Action:
    address, _, name = spoken.words.partition(" ")
    return actions.AddContact(address, name.strip())


def _do_not_disturb(spoken: Spoken) -> Action:
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
    Verb("call", "NAME", "Call somebody, by name or address",
        lambda said: actions.Call(said.words)),
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
    Verb("mute", "[on | off | toggle]", "Mute the microphone, or open it",
        lambda said: actions.Mute(_SWITCHES[said.words])),
    Verb("talk", "[on | off | toggle]", "Open the microphone, or mute it; for keys of a desktop",
        lambda said: actions.Talk(_SWITCHES[said.words])),
    Verb("note", "TEXT", "Send a note in the call", lambda said: actions.Note(said.words),
        "V_NOTED"),
    Verb("reconnect", "", "Reconnect: look for another way through the network; the call goes on",
        lambda _: actions.FindNewPath(), "V_RECONNECT",
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
    Verb("contact", "ADDRESS", "Keep somebody among your people", _contact, "V_KEPT", also=("add",),
        starts=True),
    Verb("block", "NAME", "Refuse all calls of somebody", _of_person(actions.Block), "V_BLOCKED",
        starts=True),
    Verb("unblock", "NAME", "Take calls of somebody again",
        _of_person(partial(actions.Block, on=False)), "V_UNBLOCKED", starts=True),
    Verb("forget", "NAME", "Take somebody off your people, and out of past calls",
        _of_person(actions.Forget), "V_FORGOTTEN", starts=True),
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
