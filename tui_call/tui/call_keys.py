"""What acts on calls from every screen: talk, mute, end, the other call, and questions.

Each names the call that was shown when it was pressed: one that comes to the front meanwhile is
not meant.
"""

from textual.command import CommandPalette
from textual.timer import Timer
from textual.widgets import Input

from tui_call.control.actions import HangUp, Hold, Mute, Swap
from tui_call.control.views import CallView, Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.tui import several
from tui_call.tui.screens.consent import Asked, ConsentScreen, questions
from tui_call.tui.screens.dialogs import Choice, Choose
from tui_call.tui.screens.waiting import WaitingScreen
from tui_call.tui.store import Refusal, Store, lasting
from tui_call.tui.talk import Microphone, PushToTalk

_TALK_TICK = 0.05
_TWICE_WITHIN = 2.0
_SEEN_AFTER = 1.0
"""Seconds in which a person may not have seen yet that another call came to the front."""
_ONCE_MORE = sentence("T_ONCE_MORE")
_OPEN_ALREADY = sentence("T_OPEN_ALREADY")


class CallKeys(Store):
    """The application's state, and the keys that act on its calls."""

    def on_mount(self) -> None:
        """Watch the key that talks."""
        self._talk = PushToTalk()
        self._talks_in = ""
        self._answered: tuple[str, str] | None = None
        self._talk_timer: Timer = self.set_interval(_TALK_TICK, self._talk_tick, pause=True)
        self._end_asked = -_TWICE_WITHIN
        self._came_at = -_SEEN_AFTER

    @property
    def front(self) -> CallView | None:
        """The call in front."""
        return self.snapshot.front if self.snapshot else None

    def follow_front(self, old: Snapshot | None, new: Snapshot) -> None:
        """Let go of a call that left the front; tell of one that begins to wait."""
        before, now = old.front if old else None, new.front
        known = {call.id for call in several.waiting(old)}
        if any(call.id not in known for call in several.waiting(new)):
            self.bell()
        if before is None:
            return
        if now is not None and now.id == before.id:
            if now.phase == "ended":
                self._talk.reset()
            return
        self._stop_talking()
        still = several.found(new, before.id)
        if not lasting(still) and lasting(now):
            self._came_at = self.clocks.monotonic()
            self.put_to_sleep()

    # Questions

    def ask_for_consent(self, new: Snapshot) -> None:
        """Show what a call asks, once, until it asks something else."""
        asked = next(iter(questions(new)), None)
        if asked is None:
            self._answered = None
            return
        shown = [screen for screen in self.screen_stack if isinstance(screen, ConsentScreen)]
        if asked.key == self._answered or any(at.asked.key == asked.key for at in shown):
            return

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._answered = asked.key
                self.run_worker(self._answer(asked, yes=answer == "yes"), group="actions")

        self.bell()
        self.push_screen(ConsentScreen(asked), answered)

    async def _answer(self, asked: Asked, *, yes: bool) -> None:
        answer = await self.ask(asked.answer(yes=yes))
        if isinstance(answer, Refusal):
            self._answered = None
            self.explain(answer.sentence)

    # Talking

    @property
    def talks(self) -> bool:
        """See `Store`."""
        return self._talk.busy or self._talk.latched

    def action_talk(self) -> None:
        """Push to talk."""
        call = self.front
        if call is None:
            return
        now = self.clocks.monotonic()
        if not self._talk.busy and not self._talk.latched and not call.muted:
            self.explain(_OPEN_ALREADY)
        self._talks_in = call.id
        self._move_microphone(self._talk.press(now, call.muted))
        self._talk_timer.resume()

    def _talk_tick(self) -> None:
        self._move_microphone(self._talk.tick(self.clocks.monotonic()))
        if not self._talk.busy:
            self._talk_timer.pause()

    def _stop_talking(self) -> None:
        """Mute the call again in which a key holds the microphone open."""
        if self._talk.busy or self._talk.latched:
            self._move_microphone("close")
        self._talk.reset()

    def _move_microphone(self, move: Microphone | None) -> None:
        if move is not None:
            self.send(Mute(on=move == "close", call=self._talks_in))

    def action_mute(self) -> None:
        """Mute or open the microphone; say why if it cannot be."""
        call = self.front
        views = call.capabilities if call else ()
        view = next((view for view in views if view.name == "mute"), None)
        if view is not None and not view.on and view.reason is not None:
            self.explain(view.reason, view.decided_by)
        elif call is not None:
            self._talk.reset()
            self.send(Mute(call=call.id))

    # Ending

    def action_end(self) -> None:
        """End the call; with a text field focused only when pressed twice.

        Pressed twice quickly it does not end the call that came to the front with the first.
        """
        call, now = self.front, self.clocks.monotonic()
        if call is None:
            return
        if now - self._came_at < _SEEN_AFTER:
            self.explain(sentence("C_OTHER_IN_FRONT"))
        elif isinstance(self.focused, Input) and now - self._end_asked > _TWICE_WITHIN:
            self._end_asked = now
            if isinstance(self.screen, CommandPalette):
                self.screen.dismiss()  # it has no place for the sentence, and covers the one below
            self.explain(_ONCE_MORE)
        else:
            self._end_asked = -_TWICE_WITHIN
            self.send(HangUp(call=call.id))

    # The other call

    def action_waiting(self) -> None:
        """Look who waits; with nobody swap, go back to the call on hold, or ask to which."""
        others, waits, call = (
            several.beside(self.snapshot),
            several.waiting(self.snapshot),
            self.front,
        )
        if len(waits) == 1:
            self.push_screen(WaitingScreen(waits[0].id))
        elif len(others) == 1:
            self.send(Swap(call=others[0].id))
        elif others:
            choices = [
                Choice(one.id, one.member.name, several.about(one, ascii_only=self.ascii_only))
                for one in others
            ]
            self.push_screen(Choose(text_of("T_WHICH_CALL"), [], choices), self._go_to)
        elif call is not None and call.on_hold:
            self.send(Hold(on=False, call=call.id))

    def _go_to(self, call_id: str | None) -> None:
        call = several.found(self.snapshot, call_id or "")
        if call is not None and call.place == "waiting":
            self.push_screen(WaitingScreen(call.id))
        elif call_id:
            self.send(Swap(call=call_id))
