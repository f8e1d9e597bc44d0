"""Lines instead of a full screen: for screen readers, and where the terminal cannot do more.

Nothing is drawn over: what happens is appended as a line, and a prompt takes the same verbs as
the screens have keys (`control.verbs`).
"""

import asyncio
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, tzinfo

from tui_call.control import actions
from tui_call.control.actions import Action, SetUp
from tui_call.control.client import CommandRefused, added
from tui_call.control.deltas import Delta
from tui_call.control.environment import not_in_the_engine
from tui_call.control.finding import find_people
from tui_call.control.lines import Caption, SnapshotMessage
from tui_call.control.outcomes import outcome
from tui_call.control.remedies import with_remedies
from tui_call.control.verbs import BY_NAME, VERBS, Face, Verb, verb_at_prompt
from tui_call.control.views import CallView, SentenceView, Snapshot, parked_calls
from tui_call.errors import TuiCallError
from tui_call.foreign_text import clean
from tui_call.sentences import sentence, text_of
from tui_call.tui.kept_lists import all_kept
from tui_call.tui.linear_keys import LinearKeys
from tui_call.tui.plain import (
    kept_line,
    lasting_calls,
    listed_call,
    name_of,
    parked_line,
    past_call_line,
    person_line,
    status_line,
)
from tui_call.tui.several import everybody, while_held
from tui_call.tui.store import Attach, AttachedEngine, Clocks, Result

Say = Callable[[str], None]
Read = Callable[[], Awaitable[str | None]]

_SECONDS_LEFT = (60.0, 30.0, 10.0)
_PAST_CALLS = 20
_CELLS_OF_PEOPLE = 60
_LONGEST_LINE = 2000
_NO_TEXT = "\ufffd"  # where a byte was read that is not UTF-8


class Linear:
    """A prompt on an engine.

    Args:
        engine: the connection.
        read: gives the next line that was typed, None at the end.
        say: shows one line.
        zone: time zone of what is shown, None for this computer's.
        wall: gives Unix seconds.
    """

    def __init__(
        self,
        engine: AttachedEngine,
        read: Read,
        say: Say,
        zone: tzinfo | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._read = read
        self._say: Say = lambda line: say(clean(line, _LONGEST_LINE))
        self._zone = zone
        self._shown: Snapshot = engine.snapshot
        self._keys = LinearKeys(
            lambda: self._shown, self._say, self._done, Clocks(wall, time.monotonic, zone)
        )
        self._wall = wall
        self._told_left = 0
        self._delete_asked: Action | None = None
        self._answers: dict[str, Callable[[], None]] = {
            "help": self._help,
            "status": self._status,
            "why": self._why,
            "calls": self._calls,
            "history": self._history,
            "name": self._name,
        }

    async def run(self) -> None:
        """Follow the engine and take verbs until the person or the engine leaves, or one fails."""
        following = asyncio.create_task(self._follow())  # noqa: TID251 - both are waited for here
        prompting = asyncio.create_task(self._prompt())  # noqa: TID251 - as above
        await asyncio.wait({following, prompting}, return_when=asyncio.FIRST_COMPLETED)
        for task in (following, prompting):
            task.cancel()
        for error in await asyncio.gather(following, prompting, return_exceptions=True):
            if isinstance(error, Exception):
                raise error

    # What happens

    async def _follow(self) -> None:
        async for update in self._engine.lines():
            if isinstance(update, Delta | SnapshotMessage):
                before, self._shown = self._shown, self._engine.snapshot
                self._tell(before, self._shown)
            elif isinstance(update, Caption) and update.final and update.text.strip():
                who = clean(update.name) if update.number else "you"
                self._say(f"{who}: {clean(update.text, _LONGEST_LINE)}")
        code = "G_ENGINE_ENDED" if self._engine.ended else "G_ENGINE_LOST"
        self._say(sentence(code).text)

    def _tell(self, before: Snapshot, now: Snapshot) -> None:
        for notice in added(before.notices, now.notices):
            self._say(with_remedies(notice.sentence, Face.LINES))
        known = {call.id: call for call in before.calls}
        front = before.front.id if before.front else ""
        for call in now.calls:
            old = known.get(call.id)
            if call is now.front:
                self._tell_front(old, call, came=call.id != front)
            self._tell_what_happened(old, call)

    def _tell_front(self, old: CallView | None, call: CallView, *, came: bool) -> None:
        """Say what is to be known of the call in front; `came`: another one was there before."""
        rang = old is not None and old.ringing_here and not came
        if call.ringing_here and not rang:
            who = everybody(call, _CELLS_OF_PEOPLE, " calls", ", with ").plain
            self._say(text_of("T_LINE_RINGS", who=who))
        if call.silenced and not (old and old.silenced):
            self._say(sentence("G_SILENCED").text)
        if came or (old and old.shield != call.shield and self._is_news(old, call)):
            whose = f"{everybody(call, _CELLS_OF_PEOPLE).plain}: " if came and old else ""
            self._say(f"{whose}{call.shield.label}. {call.shield.text}")
        if old and not came and old.microphone != call.microphone:
            self._say(f"{call.microphone_word}.")
        if old and came and call.on_hold and call.phase == "active":
            self._say(with_remedies(while_held("G_STILL_HELD", call), Face.LINES))

    def _tell_what_happened(self, old: CallView | None, call: CallView) -> None:
        """Say what is new in a call, also in one that is not in front."""
        if call.place == "waiting" and not (old and old.place == "waiting"):
            who = everybody(call, _CELLS_OF_PEOPLE, " waits", ", with ").plain
            self._say(text_of("T_LINE_WAITS", who=who))
        if call.question and not (old and old.question == call.question):
            self._say(with_remedies(call.question, Face.LINES))
        for event in added(old.events if old else (), call.events):
            if call.end_reason and event.sentence.text == call.end_reason.text:
                continue  # said below as what ended it
            self._say(with_remedies(event.sentence, Face.LINES))
        for note in added(old.notes if old else (), call.notes):
            if not note.mine:
                by = clean(note.by) or name_of(call.member.person)
                from_whom = text_of("T_LINE_NOTE", peer=by)
                self._say(f"{from_whom} {clean(note.text, 1000)}")
        self._tell_end(old.end_reason if old else None, call.end_reason)

    def _tell_end(self, told: SentenceView | None, reason: SentenceView | None) -> None:
        if reason and told is None:
            self._say(with_remedies(reason, Face.LINES))
        elif reason and told and reason.why != told.why:
            self._say(reason.why)

    def _is_news(self, old: CallView, call: CallView) -> bool:
        """Tell whether a shield that changed is worth a line: not for each second that passes."""
        if old.shield.code != call.shield.code or not call.member.compare_by:
            self._told_left = 0
            return True
        left = call.member.compare_by - self._wall()
        reached = sum(left <= seconds for seconds in _SECONDS_LEFT)
        news, self._told_left = reached > self._told_left, max(reached, self._told_left)
        return news

    # Verbs

    async def _prompt(self) -> None:
        if self._shown.me.state == "new":
            await self._set_up()
        elif self._shown.me.state == "locked":
            await self._unlock()
        if (ignored := not_in_the_engine(self._shown.settings)) is not None:
            self._say(ignored.whole)
        self._say(text_of("T_LINE_HELLO"))
        self._status()
        while (typed := await self._read()) is not None:
            word, _, words = typed.strip().partition(" ")
            verb = verb_at_prompt(word)
            if verb is BY_NAME["quit"]:
                if self._call is not None and self._call.phase != "ended":
                    self._say(sentence("G_DETACH").text)
                return
            if verb is not None:
                await self._do(verb, words.strip())
            elif word:
                self._say(text_of("T_LINE_NO_VERB", word=word))

    async def _unlock(self) -> None:
        if self._shown.me.protection == "keyring":
            self._say(text_of("T_LINE_KEYRING"))
            return
        self._say(text_of("T_LINE_LOST_KEY"))
        self._say(text_of("T_LINE_LOCKED"))
        await self._act(actions.Unlock((await self._read() or "").rstrip("\r\n")))

    async def _do(self, verb: Verb, words: str) -> None:
        if await self._keys.take(verb.name, words):
            return
        if verb.order is not None and (words or verb.name != "name"):
            await self._order(verb, words)
            return
        match verb.name:
            case "invite" | "link":
                order = actions.CreateInvite() if verb.name == "invite" else actions.LinkDevice()
                made = await self._act(order)
                if "link" in made:
                    self._say(str(made["link"]))
            case "contacts":
                await self._people(words)
            case "parked":
                await self._parked()
            case name:
                self._answers[name]()

    async def _order(self, verb: Verb, words: str) -> None:
        now = datetime.fromtimestamp(self._wall(), UTC).astimezone(self._zone)
        try:
            said = verb.typed(words, self._shown, now)
            action = verb.action(said)
        except TuiCallError as error:
            self._say(str(error))
            return
        asked, self._delete_asked = self._delete_asked, None
        if isinstance(action, actions.ListKept):
            await self._kept(action)
            return
        if isinstance(action, actions.DeleteKept) and action != asked:
            self._delete_asked = action
            self._say(text_of("T_LINE_DELETE"))
            return
        result = await self._try(action)
        if result is None:
            return
        told = outcome(verb, said, action, self._engine.snapshot, result, follows=True)
        if told is not None:
            self._say(told.text)

    async def _done(self, action: Action) -> bool:
        """Carry an action out and tell whether it was; what was not is said."""
        return await self._try(action) is not None

    async def _act(self, action: Action) -> Result:
        return await self._try(action) or {}

    async def _try(self, action: Action) -> Result | None:
        try:
            return await self._engine.command(action)
        except CommandRefused as refused:
            self._say(with_remedies(refused.sentence, Face.LINES))
        except TuiCallError as error:
            self._say(str(error))
        return None

    # Answers

    @property
    def _call(self) -> CallView | None:
        return self._shown.front

    def _help(self) -> None:
        for verb in VERBS:
            if Face.LINES in verb.faces:
                also = f" (also: {', '.join(verb.also)})" if verb.also else ""
                self._say(f"{verb.whole_usage}: {verb.help}{also}")

    def _status(self) -> None:
        self._say(status_line(self._shown, ", ", self._zone))

    async def _people(self, words: str) -> None:
        found = await find_people(self._act, lambda: self._engine.snapshot, words)
        for person in found:
            self._say(person_line(person))
        if not found:
            self._say(text_of("V_NONE_FOUND" if words else "T_LINE_NOBODY"))

    async def _parked(self) -> None:
        result = await self._try(actions.ListParked())
        if result is None:
            return
        found = parked_calls(result)
        for one in found:
            self._say(parked_line(one))
        if not found:
            self._say(text_of("V_NONE_PARKED"))

    async def _kept(self, order: actions.ListKept) -> None:
        found = await all_kept(self._try, order)
        for one in found or ():
            self._say(kept_line(one, self._wall(), self._zone))
        if found == []:
            self._say(text_of("V_NONE_KEPT"))

    def _why(self) -> None:
        off = [view for view in (self._call.capabilities if self._call else ()) if not view.on]
        for view in off:
            if view.reason is not None:
                self._say(f"{view.label}: {view.reason.text}")
        if not off:
            self._say(self._shown.encryption.status.text)
            self._say(self._shown.encryption.decided_by.text)

    def _calls(self) -> None:
        on = lasting_calls(self._shown)
        for call in on:
            self._say(listed_call(call))
        if not on:
            self._say(sentence("N_NOCALL").text)

    def _history(self) -> None:
        for past in self._shown.history[:_PAST_CALLS]:
            self._say(past_call_line(past, self._zone))
        if not self._shown.history:
            self._say(text_of("T_LINE_NO_CALLS"))

    def _name(self) -> None:
        self._say(f"{self._shown.me.name} ({self._shown.me.account})")

    # First use

    async def _set_up(self) -> None:
        self._say(text_of("T_LINE_NAME"))
        name = ""
        while not name:
            typed = await self._read()
            if typed is None:
                return
            name = typed.strip()
        self._say(text_of("T_LINE_E2EE"))
        e2ee = await self._one_of("on", "off") == "on"
        made = SetUp(name, e2ee)
        try:
            await self._engine.command(made)
        except CommandRefused as refused:
            self._say(with_remedies(refused.sentence, Face.LINES))
            if refused.sentence and refused.sentence.code == "N_KEYRING":
                await self._protect(made)

    async def _protect(self, made: SetUp) -> None:
        self._say(text_of("T_LINE_PROTECT"))
        if await self._one_of("passphrase", "plain") == "plain":
            await self._act(SetUp(made.person, made.e2ee, protection="plain"))
            return
        self._say(text_of("T_LINE_PASSPHRASE"))
        passphrase = (await self._read() or "").strip()
        if _NO_TEXT in passphrase:  # a terminal that speaks UTF-8 would never give the same again
            self._say(sentence("F_NOT_TEXT").text)
            return
        await self._act(SetUp(made.person, made.e2ee, "", "passphrase", passphrase))

    async def _one_of(self, first: str, second: str) -> str:
        while (typed := await self._read()) is not None:
            if typed.strip() in (first, second):
                return typed.strip()
            self._say(text_of("T_LINE_ONE_OF", one=first, two=second))
        return second


def run_linear(attach: Attach) -> None:
    """Attach to the engine and talk in lines on standard input and output."""
    asyncio.run(_run(attach))


async def _run(attach: Attach) -> None:
    engine = await attach()
    typed: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read_lines() -> None:
        try:
            for line in sys.stdin:
                loop.call_soon_threadsafe(typed.put_nowait, line)
        finally:  # also where a terminal was lost: what cannot be read any more has ended
            loop.call_soon_threadsafe(typed.put_nowait, None)

    async def read() -> str | None:
        line = await typed.get()
        if line is None:
            typed.put_nowait(None)  # the end stays the end for whoever reads on
        return line

    # A daemon: a blocked read cannot be cancelled and must not keep the process.
    threading.Thread(target=read_lines, daemon=True).start()
    try:
        await Linear(engine, read, lambda line: print(line, flush=True)).run()
    finally:
        await engine.close()
