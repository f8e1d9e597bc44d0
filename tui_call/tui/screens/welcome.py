"""Welcome: a name, E2EE on or off, and whether the microphone hears you.

A fourth step asks how to protect the identity, only where there is no keyring.
"""

from collections.abc import Iterable
from typing import ClassVar, Literal

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from tui_call.control.actions import ListenToMicrophone, Protection, SetUp
from tui_call.control.views import DevicesView
from tui_call.errors import LocalFault
from tui_call.sentences import paragraph_of, text_of
from tui_call.signaling.device_link import is_device_link, parse_device_link
from tui_call.signaling.invite import parse_invite
from tui_call.tui import lines
from tui_call.tui.keymap import bindings
from tui_call.tui.screens.base import BaseScreen
from tui_call.tui.screens.devices import DevicesScreen
from tui_call.tui.screens.dialogs import TypeLine
from tui_call.tui.store import Refusal
from tui_call.tui.widgets.levels import bar, decibels
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows

Step = Literal["name", "e2ee", "sound", "protection"]

_STEPS: tuple[Step, ...] = ("name", "e2ee", "sound")
_NO_KEYRING = "N_KEYRING"
_HEARD_ABOVE = -45.0
_SHORTEST_PASSPHRASE = 8
_LONGEST_NAME = 64
_TALL = 22
_WIDEST = 84
_LONGEST_LINK = 1024

_E2EE = (
    paragraph_of("T_E2EE_ON"),
    paragraph_of("T_E2EE_OFF"),
)
_E2EE_SHORT = (
    paragraph_of("T_E2EE_ON_BRIEF"),
    text_of("T_E2EE_OFF_BRIEF"),
)
_PROTECTION = (paragraph_of("T_NO_KEYRING"),)


class WelcomeScreen(BaseScreen):
    """Shown until the engine has an identity."""

    where = "welcome"
    name_shown = "Welcome"
    enter_in_field: ClassVar[str] = "welcome.next"
    hint_order: ClassVar = ("welcome", "list")
    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar = [*bindings("welcome")]

    def __init__(self) -> None:
        super().__init__()
        self._step: Step = "name"
        self._said = ""
        self._busy = False
        self._heard = False
        self._e2ee = True

    def body(self) -> Iterable[Widget]:
        """Question, fields or choices, and what is wrong."""
        yield TextBlock(self._question, id="question-text")
        yield Input(id="name", placeholder="your name", compact=True, max_length=_LONGEST_NAME)
        yield TextBlock(self._about_link, id="about-link")
        yield Input(
            id="link", placeholder="invite link, or empty", compact=True, max_length=_LONGEST_LINK
        )
        yield Rows(id="choices")
        yield TextBlock(self._level, id="level")
        yield TextBlock(lambda width: self._wrapped(self._said, width, lines.WARN), id="said")

    def on_mount(self) -> None:
        """Begin with the name."""
        super().on_mount()
        self.watch(self.store, "meters", self._measured, init=False)
        self._go("name")

    def _measured(self) -> None:
        if self._step == "sound" and self.is_current:
            self._heard = self._heard or self.store.meters.microphone > _HEARD_ABOVE
            self.query_one("#level", TextBlock).renew()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to go back to in the first step; devices where they can be heard."""
        if action == "back":
            return self._step != "name"
        return self._step == "sound" if action == "devices" else True

    # Lines

    def _question(self, width: int) -> list[Content]:
        e2ee = _E2EE if self.store.size.height >= _TALL else _E2EE_SHORT
        questions = {
            "name": (text_of("T_NAME_ASK"), [text_of("T_NAME_ABOUT")]),
            "e2ee": (text_of("T_E2EE_ASK"), [*e2ee]),
            "sound": (text_of("T_SOUND_ASK"), [text_of("T_SOUND_ABOUT")]),
            "protection": (text_of("T_PROTECT_ASK"), [*_PROTECTION]),
        }
        title, about = questions[self._step]
        number = _STEPS.index(self._step) + 1 if self._step in _STEPS else 0
        place = f"{number} of {len(_STEPS)}" if number else "one more question"
        head = lines.spread(
            lines.line("   ", (title, lines.STRONG)), lines.line((place, lines.SOFT), " "), width
        )
        rows = [Content(""), head, Content("")]
        for paragraph in about:
            rows += [*self._wrapped(paragraph, width), Content("")]
        return rows

    def _about_link(self, width: int) -> list[Content]:
        if self.store.size.height < _TALL:
            return [Content("")]  # else field and mistake are below the last row
        said = paragraph_of("T_LINK_ABOUT")
        return [Content(""), *self._wrapped(said, width), Content("")]

    def _wrapped(self, said: str, width: int, style: str = "") -> list[Content]:
        return lines.wrapped(said, min(width, _WIDEST) - 3, "   ", style) if said else []

    def _level(self, width: int) -> list[Content]:
        snapshot = self.store.snapshot
        if snapshot is None:
            return []
        devices = snapshot.devices
        if devices.problem is not None:
            rows = [*self._wrapped(devices.problem.text, width, lines.WARN)]
            rows += self._wrapped(text_of("T_NO_SOUND_GO_ON"), width)
        else:
            level = self.store.meters.microphone
            microphone = lines.text(devices.microphone_shown)
            row = lines.line("   ", bar(level, 20), f"{decibels(level):<9}", microphone)
            heard = text_of("T_HEARD" if self._heard else _unheard(devices))
            rows = [
                row.truncate(width, ellipsis=True),
                Content(""),
                lines.line("   ", (heard, lines.GOOD if self._heard else lines.SOFT)),
            ]
        closing = paragraph_of("T_CLOSING")
        return [*rows, Content(""), *self._wrapped(closing, width, lines.SOFT)]

    # Steps

    def _go(self, step: Step, said: str = "") -> None:
        if "sound" in (self._step, step) and self._step != step:
            self.store.send(ListenToMicrophone(step == "sound"))
        is_new = step != self._step
        if is_new:
            self.store.put_to_sleep("enter")  # pressed twice, it would answer the next question
        self._step, self._said = step, said
        self.query_one("#name").display = step == "name"
        self.query_one("#about-link").display = step == "name"
        self.query_one("#link").display = step == "name"
        self.query_one("#level").display = step == "sound"
        rows = self.query_one(Rows)
        rows.display = step in ("e2ee", "protection")
        if step in ("e2ee", "protection"):
            rows.fill(_choices(step))
            # Not the row where the other question was answered, which may be the weaker choice.
            if is_new:
                rows.choose(
                    {"e2ee": "on" if self._e2ee else "off", "protection": "passphrase"}[step]
                )
            rows.focus()
        elif step == "name":
            self.query_one("#name").focus()
        else:
            self.set_focus(None)
        self.labels["list.down"] = "Next row"
        self.labels["welcome.next"] = "Start" if step in ("sound", "protection") else "Next"
        self._follow()

    @property
    def _typed_name(self) -> str:
        return self.query_one("#name", Input).value.strip()

    @property
    def _typed_link(self) -> str:
        return self.query_one("#link", Input).value.strip()

    def action_next(self) -> None:
        """Take the answer and go on."""
        if self._busy:
            return
        match self._step:
            case "name":
                self._take_name_and_link()
            case "e2ee":
                self._e2ee = self._choice != "off"
                self._go("sound")
            case "sound":
                self._set_up("keyring", "")
            case "protection":
                if self._choice == "plain":
                    self._set_up("plain", "")
                else:
                    self._ask_passphrase()

    def _take_name_and_link(self) -> None:
        link = self._typed_link
        if mistake := _mistake_in(link):
            self._refuse_link(mistake)
        elif is_device_link(link):
            self._go("sound")  # name and E2EE are the account's
        elif self._typed_name:
            self._go("e2ee")
        else:
            self._go("name", text_of("T_NAME_MISSING"))

    def _refuse_link(self, said: str) -> None:
        self._go("name", said)
        self.query_one("#link").focus()

    @property
    def _choice(self) -> str:
        row = self.query_one(Rows).chosen
        return row.key if row else ""

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field goes on."""
        if event.input.id == "name" and not self._typed_name and not self._typed_link:
            self._go("name", text_of("T_NAME_MISSING"))
        else:
            self.action_next()

    def on_rows_chosen(self) -> None:
        """A click on the chosen row goes on."""
        self.action_next()

    def action_back(self) -> None:
        """Close the reason line, or go to the step before."""
        if self._busy or self.close_strip():
            return
        before: dict[Step, Step] = {"e2ee": "name", "sound": "e2ee", "protection": "sound"}
        if is_device_link(self._typed_link):
            before["sound"] = "name"
        self._go(before.get(self._step, "name"))

    def action_devices(self) -> None:
        """Choose another microphone."""
        self.store.push_screen(DevicesScreen())

    def _ask_passphrase(self, said: str = "") -> None:
        """Ask twice; what was not the same is forgotten, and asked anew."""

        def objection(typed: str) -> str:
            if len(typed) < _SHORTEST_PASSPHRASE:
                return text_of("O_PASSPHRASE_SHORT", n=_SHORTEST_PASSPHRASE)
            return ""

        def again(first: str | None) -> None:
            if first is None:
                return

            def compare(second: str | None) -> None:
                if second == first:
                    self._set_up("passphrase", first)
                elif second is not None:
                    self._ask_passphrase(text_of("T_PASSPHRASES_DIFFER"))

            about = [text_of("T_PASSPHRASE_AGAIN")]
            self.store.push_screen(TypeLine("Passphrase again", about, secret=True), compare)

        about = [text_of("T_PASSPHRASE_ABOUT")]
        question = TypeLine(
            "Choose a passphrase", about, said=said, secret=True, objection=objection
        )
        self.store.push_screen(question, again)

    def _set_up(self, protection: Protection, passphrase: str) -> None:
        self._busy = True
        self._said = text_of("T_SETTING_UP")
        self.repaint()
        action = SetUp(self._typed_name, self._e2ee, self._typed_link, protection, passphrase)
        self.run_worker(self._carry_out(action), exclusive=True)

    async def _carry_out(self, action: SetUp) -> None:
        answer = await self.store.ask(action)
        self._busy = False
        self._said = ""
        if not isinstance(answer, Refusal):
            return
        if answer.sentence.code == _NO_KEYRING and action.protection == "keyring":
            self._go("protection")
        elif action.invite:
            self._refuse_link(answer.sentence.text)
        else:
            self._go(self._step, answer.sentence.text)


def _unheard(devices: DevicesView) -> str:
    """Return the code of why nothing is heard: there is no microphone, or nobody speaks."""
    none = not devices.speaks and not any(device.input for device in devices.available)
    return "T_NO_MICROPHONE" if none else "T_NOT_HEARD"


def _mistake_in(link: str) -> str:
    try:
        if is_device_link(link):
            parse_device_link(link)
        elif link:
            parse_invite(link)
    except LocalFault as fault:
        return fault.sentence.text
    return ""


def _choices(step: Step) -> list[Row]:
    if step == "e2ee":
        choices = [
            ("on", "On", text_of("T_E2EE_ON_CHOICE")),
            ("off", "Off", text_of("T_E2EE_OFF_CHOICE")),
        ]
    else:
        choices = [
            ("passphrase", "A passphrase", text_of("T_PASSPHRASE_CHOICE")),
            ("plain", "Nothing", text_of("T_PLAIN_CHOICE")),
        ]
    return [
        Row(key, lines.line(lines.column(name, 16), (about, lines.SOFT)))
        for key, name, about in choices
    ]
