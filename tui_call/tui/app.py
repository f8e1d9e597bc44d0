"""The application: which screen is shown when, and the keys that work everywhere."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.command import CommandPalette
from textual.driver import Driver
from textual.screen import Screen

from tui_call.control.actions import DismissCall, HangUp, SetPresence
from tui_call.control.views import CallView, SentenceView, Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.tui import keymap, notices, several, themes
from tui_call.tui.call_keys import CallKeys
from tui_call.tui.keymap import bindings
from tui_call.tui.palette import Commands
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.dialogs import Choice, Choose, Question
from tui_call.tui.screens.keys import KeysScreen
from tui_call.tui.screens.listing import CallsWith, GoTo, ListingScreen
from tui_call.tui.screens.people import PeopleScreen
from tui_call.tui.screens.waiting import WaitingScreen
from tui_call.tui.screens.why import WhyScreen
from tui_call.tui.store import Attach, Clocks, Link, administers, lasting, ringing
from tui_call.tui.widgets.painted import Painted

_TICK = 1.0
_SAYS_AFTER = 0.2
"""Seconds without an answer of the engine after which a screen says what is waited for."""
_LEAVE = "leave-question"
_PALETTE = text_of("T_PALETTE")


def _later(module: str, screen: str) -> Callable[[], Screen[Any]]:
    """Return what loads a screen when it is first shown."""
    return lambda: getattr(import_module(f"tui_call.tui.screens.{module}"), screen)()


class TuiCallApp(CallKeys, inherit_bindings=False):
    """Shows what the engine says and sends what the person wants.

    Args:
        attach: connects to the engine.
        clocks: where time comes from.
        driver_class: Textual's driver, for tests.
        find: connects to an engine that runs, and starts none; None to leave that to the person.
    """

    TITLE = "tui-call"
    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    COMMANDS = {Commands}  # noqa: RUF012 - Textual's type, not a ClassVar
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app", "talk")]
    DEFAULT_MODE = "starting"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "starting": Screen,
        "engine": _later("connection", "ConnectionScreen"),
        "welcome": _later("welcome", "WelcomeScreen"),
        "unlock": _later("unlock", "UnlockScreen"),
        "people": PeopleScreen,
        "calls": _later("calls", "CallsScreen"),
        "settings": _later("settings", "SettingsScreen"),
        "admin": _later("admin.screen", "AdminScreen"),
        "call": _later("call", "CallScreen"),
        "incoming": _later("incoming", "IncomingScreen"),
    }
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual has an instance variable here
        (0, "-tiny"),
        (40, "-narrow"),
        (80, "-normal"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-line"), (10, "-short"), (20, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        attach: Attach,
        clocks: Clocks | None = None,
        driver_class: type[Driver] | None = None,
        find: Attach | None = None,
    ) -> None:
        super().__init__(attach, clocks or Clocks(), driver_class, find)
        self._starts = True
        self._before_ring = "people"
        self._noticed = 0.0
        self._remapped: dict[str, str] = {}

    def on_mount(self) -> None:
        """Connect, and move the time every second."""
        self.set_interval(_TICK, self._tick)
        self.set_timer(_SAYS_AFTER, self._say_starting)
        self.attach_engine()

    def _say_starting(self) -> None:
        if self.current_mode == "starting":
            self._enter("engine")

    def _tick(self) -> None:
        self.tick()
        for screen in reversed(self.screen_stack):  # there is none any more while it closes
            for line in screen.query("TopBar, OtherCalls").results(Painted):
                line.renew()
            if not screen.is_modal:
                break  # what lies below a question is seen, what lies below another screen is not

    # Which screen

    def watch_snapshot(self, old: Snapshot | None, new: Snapshot | None) -> None:
        """Follow the engine to the screen that belongs to its state."""
        if new is None:
            self._enter("engine")
            return
        if old is None or old.settings != new.settings:
            self._apply_settings(new)
        self.follow_front(old, new)
        if (mode := self._mode_for(old, new)) is not None:
            self._enter(mode)
        if mode == "call":
            self._close_above_the_call()
        self._told_ends(old, new)
        self.ask_for_consent(new)  # last: what belonged to a call before is closed by now
        for said in several.told_behind(old, new):
            self.call_after_refresh(self.explain, said)
        fresh = notices.news(new.notices, self._noticed, self.clocks.wall())
        if fresh:
            self._noticed = fresh[-1].at
            self.call_after_refresh(self.explain, notices.to_be_told(fresh))

    def watch_link(self, link: Link) -> None:
        """Show that there is no engine, and what one does not know that was here before."""
        if link in ("lost", "ended", "failed"):
            self._enter("engine")
        elif link == "attached":
            self.call_after_refresh(self._tell_ignored)

    def _tell_ignored(self) -> None:
        from tui_call.control.environment import not_in_the_engine  # after the first screen

        ignored = not_in_the_engine(self.snapshot.settings) if self.snapshot else None
        if ignored is not None:
            self.explain(ignored)

    def awake_on(self, screen: Screen[object]) -> bool:
        """Nothing was typed before the first screen, where that is why there is no engine."""
        return self._starts and isinstance(screen, BaseScreen) and screen.where == "engine"

    def _enter(self, mode: str) -> None:
        if self.current_mode != mode:
            self._starts = self.current_mode == "starting"
            self.switch_mode(mode)
            self.refresh_bindings()

    def _mode_for(self, old: Snapshot | None, new: Snapshot) -> str | None:
        """Return the mode to enter, None to stay where the person is."""
        if new.me.state != "ready":
            return "welcome" if new.me.state == "new" else "unlock"
        call, before = new.front, old.front if old else None
        if ringing(call):
            if not ringing(before):
                usual = self.current_mode in ("people", "calls", "settings", "admin", "call")
                self._before_ring = self.current_mode if usual else "people"
                self.bell()
                return "incoming"
            return None
        if self.current_mode == "incoming":
            return "call" if lasting(call) else self._before_ring
        if call and lasting(call) and (before is None or before.id != call.id):
            return "call"
        if call is None and self.current_mode == "call":
            return "people"
        if self.current_mode in ("starting", "engine", "welcome", "unlock"):
            return "people"
        if self.current_mode == "admin" and not administers(new):
            self._close_above()
            return "people"
        return None

    def _told_ends(self, old: Snapshot | None, new: Snapshot) -> None:
        """Say how each call ended, and close what belongs to it."""
        over = {call.id for call in old.calls if call.phase == "ended"} if old else set[str]()
        for call in new.calls:
            if call.phase == "ended" and call.id not in over:
                self._told_end(call, old, new)
        if old and old.front and new.front and old.front.id != new.front.id:
            self._close_above_the_call()

    def _told_end(self, call: CallView, old: Snapshot | None, new: Snapshot) -> None:
        if new.front is not None and new.front.id != call.id:
            self.send(DismissCall(call=call.id))
            said = several.end_said(call, old, new)
            if said is not None:
                self.call_after_refresh(self.explain, said)
        elif call.direction == "incoming" and not call.started:
            self.send(DismissCall(call=call.id))  # one that was never answered is put away
            if call.end_reason is not None:
                self.call_after_refresh(self.explain, call.end_reason)
        else:
            self._close_above_the_call()

    def _close_above_the_call(self) -> None:
        """Leave what was opened about a call that is no longer in front."""
        if self.current_mode != "call":
            return
        self._close_above()
        if isinstance(self.screen, BaseScreen):
            self.screen.close_strip()

    def _apply_settings(self, snapshot: Snapshot) -> None:
        theme = themes.theme_name(self.setting("ui.theme"))
        if theme != self.theme:
            self.theme = theme
        self.set_class(self.ascii_only, "-ascii")
        changed = keymap.remapped((view.key, view.value) for view in snapshot.settings)
        if changed != self._remapped:
            self._remapped = changed
            self.set_keymap(changed)
            for key in keymap.without_a_key(changed):
                said = text_of("T_NO_KEY_LEFT", what=key.tooltip)
                self.call_after_refresh(self.explain, SentenceView("", "", said))

    def explain(self, sentence: SentenceView, decided_by: SentenceView | None = None) -> None:
        """Show a sentence where it is seen: on the uppermost screen that has a place for it."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, BaseScreen) and screen.is_mounted:
                screen.explain(sentence, decided_by)
                return
            if isinstance(screen, Question) and screen.is_mounted:
                screen.explain(sentence)
                return

    # Keys that work everywhere

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what works now."""
        call = self.snapshot.front if self.snapshot else None
        active = call is not None and call.phase == "active"
        match action:
            case "talk":
                return active and call is not None and call.microphone in ("on", "muted", "held")
            case "mute":
                return active
            case "end":
                return lasting(call) and not ringing(call)
            case "waiting":
                return bool(several.word(self.snapshot)) and not isinstance(
                    self.screen, WaitingScreen
                )
            case "call" | "keys_panel":
                return call is not None
            case "find":
                return isinstance(self.screen, ListingScreen)
            case "people" | "calls" | "settings" | "presence":
                return self.snapshot is not None and self.snapshot.me.state == "ready"
            case "admin":
                return administers(self.snapshot)
            case _:
                return super().check_action(action, parameters)

    def action_press(self, id_: str) -> None:
        """A hint was clicked."""
        self.press(id_)

    def _go(self, mode: str) -> None:
        """Enter a screen as the person asked, from whatever stands on it too."""
        if self.current_mode == mode:
            self._close_above()
        self._enter(mode)

    def _close_above(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_people(self) -> None:
        """Show People."""
        self._go("people")

    def action_calls(self) -> None:
        """Show past calls."""
        self._go("calls")

    def action_settings(self) -> None:
        """Show the settings."""
        self._go("settings")

    def action_admin(self) -> None:
        """Show the organisation."""
        self._go("admin")

    def action_call(self) -> None:
        """Show the call."""
        call = self.snapshot.front if self.snapshot else None
        if call is not None:
            self._go("incoming" if ringing(call) else "call")

    def on_go_to(self, message: GoTo) -> None:
        """A screen asked for another one."""
        self._enter(message.mode)

    def on_calls_with(self, message: CallsWith) -> None:
        """Show past calls with somebody."""
        self._enter("calls")
        if isinstance(self.screen, ListingScreen):
            self.screen.show_with(message.account)

    def action_find(self) -> None:
        """Go to the search field."""
        if isinstance(self.screen, ListingScreen):
            self.screen.action_find()

    def action_commands(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder=_PALETTE))

    def action_help(self) -> None:
        """Show the keys of this screen, then all."""
        here = self.screen.where if isinstance(self.screen, BaseScreen | Question) else "app"
        from tui_call.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            set_up = self.snapshot is not None and self.snapshot.me.state != "ready"
            self.push_screen(HelpScreen(here, self._working_keys() if set_up else None))

    def _working_keys(self) -> set[str]:
        """Return the ids of the keys that work on the screen that is shown."""
        active = self.screen.active_bindings.values()
        return {each.binding.id for each in active if each.binding.id}

    def action_keys_panel(self) -> None:
        """Show the keys panel of the call, or why it has no keys."""
        front = self.snapshot.front if self.snapshot else None
        if front is not None and front.kind == "standard" and front.phase != "ended":
            if not isinstance(self.screen, WhyScreen):
                self.push_screen(WhyScreen())
        elif not isinstance(self.screen, KeysScreen):
            self.push_screen(KeysScreen())

    def action_presence(self) -> None:
        """Turn do not disturb on or off."""
        if self.snapshot is not None:
            disturbing = self.snapshot.me.presence != "do_not_disturb"
            self.send(SetPresence("do_not_disturb" if disturbing else "free"))

    # Leaving

    async def action_leave(self) -> None:
        """Leave; while a call is on ask what shall become of it."""
        if any(screen.id == _LEAVE for screen in self.screen_stack):
            return
        calls = [call for call in self.snapshot.calls if lasting(call)] if self.snapshot else []
        if len(calls) > 1:
            facts = text_of("T_SEVERAL_ON", n=len(calls))
            choices = [
                Choice("stay", "Stay", text_of("T_NOTHING_CHANGES")),
                Choice("run", "Leave them running", text_of("T_LEAVE_RUNNING_ALL")),
                Choice("end", "End them and leave", text_of("T_LEAVE_END")),
            ]
        elif calls:
            facts = text_of("T_CALL_ON")
            choices = [
                Choice("stay", "Stay", text_of("T_NOTHING_CHANGES")),
                Choice("run", "Leave it running", text_of("T_LEAVE_RUNNING")),
                Choice("end", "End it and leave", text_of("T_LEAVE_END")),
            ]
        elif self.link == "lost" and self.left_a_call:
            facts = sentence("G_ENGINE_LOST").text
            choices = [
                Choice("stay", "Stay", text_of("T_STAY_LOST")),
                Choice("away", "Leave", text_of("T_LEAVE_LOST")),
            ]
        else:
            await self._leave("")
            return
        question = Choose(text_of("T_LEAVE_ASK"), [facts], choices)
        question.id = _LEAVE
        self.push_screen(question, self._left)

    async def _left(self, answer: str | None) -> None:
        if answer == "end":
            for call in self.snapshot.calls if self.snapshot else ():
                if lasting(call):
                    await self.ask(HangUp(call=call.id, whole=True))
            await self._leave("")
        elif answer == "away":
            await self._leave("")
        elif answer == "run":
            await self._leave(sentence("G_DETACH").text)

    async def _leave(self, said: str) -> None:
        await self.detach()
        self.exit(said)
