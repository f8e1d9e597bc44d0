"""What a call asks of the person, or of the other one for the person. Enter does nothing here.

Meanwhile the call goes on: it can be muted and left, and who calls too can be looked at.
"""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui_call.control.actions import Action, AgreeToBeKept, Consent
from tui_call.control.views import CallView, SentenceView, Snapshot
from tui_call.sentences import text_of
from tui_call.tui import lines, several
from tui_call.tui.kept_marks import asked_to_be_kept
from tui_call.tui.keymap import Key, application, bindings
from tui_call.tui.screens.dialogs import HELP, Question
from tui_call.tui.widgets.hints import Hints
from tui_call.tui.widgets.painted import TextBlock


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a call.

    Attributes:
        call: its id.
        code: tells it from other questions of the call.
        question: what is asked.
        waits: the person here asks, and waits.
        to_be_kept: whether one may be recorded or transcribed.
    """

    call: str
    code: str
    question: SentenceView
    waits: bool = False
    to_be_kept: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.call, self.code

    def answer(self, *, yes: bool) -> Action:
        """Return what the engine is to be told."""
        if self.to_be_kept:
            return AgreeToBeKept(yes, call=self.call)
        return Consent(yes, self.code, call=self.call)


class ConsentScreen(Question):
    """One question of one call, which can be left meanwhile.

    Gives "yes" or "no", None when the call does not ask any more.

    Args:
        asked: the question.
    """

    where: ClassVar[str] = "consent"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar = [
        *bindings("consent"),
        *application("talk.mute", "talk.mute_anywhere", "talk.end", "talk.waiting"),
        *HELP,
    ]

    def __init__(self, asked: Asked) -> None:
        super().__init__(text_of("T_QUESTION", "asks" if asked.waits else "asked"), [])
        self.asked = asked
        self._asks, self._question = asked.waits, asked.question

    def compose(self) -> ComposeResult:
        """Title, question, keys."""
        with Vertical(id="question"):
            yield from self._heading()
            yield TextBlock(self._asked)
            yield TextBlock(self._saying)
            yield Hints([self.where], rooms=False)

    def on_mount(self) -> None:
        """Follow the calls."""
        self._let_calls_be_seen(self.store.snapshot)
        self.watch(self.store, "snapshot", self._follow, init=False)

    def on_screen_resume(self) -> None:
        """All keys sleep first: what is still typed is no answer."""
        self.store.put_to_sleep()
        self._follow(self.store.snapshot)

    def _asked(self, width: int) -> list[Content]:
        call = several.found(self.store.snapshot, self.asked.call)
        if call is None:
            return []
        rows = [
            Content(""),
            lines.line(" ", several.everybody(call, width - 2)),
            *lines.wrapped(self._question.text, width, " "),
            *(lines.wrapped(self._question.why, width, " ") if self._question.why else []),
            *(
                lines.wrapped(text_of("T_ASKED_LATER"), width, " ", lines.SOFT)
                if self.asked.to_be_kept
                else []
            ),
            Content(""),
        ]
        return [row.truncate(width, ellipsis=True) for row in rows]

    def _let_calls_be_seen(self, snapshot: Snapshot | None) -> None:
        """Hide neither shield nor microphone of a call that may be heard, asked of it or not."""
        calls = snapshot.calls if snapshot is not None else ()
        self.set_class(any(call.microphone != "off" for call in calls), "-beside")

    def _follow(self, snapshot: Snapshot | None) -> None:
        self._let_calls_be_seen(snapshot)
        asked = questions(snapshot) if snapshot is not None else []
        still = next((one for one in asked if one.key == self.asked.key), None)
        if still is None:
            if self.store.screen is self:
                self.dismiss(None)
            return
        self._question = still.question
        self.refresh_bindings()
        for block in self.query(TextBlock):
            block.renew()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Who asks has nothing to agree to."""
        return not (action == "yes" and self._asks)

    def label(self, key: Key) -> str:
        """Name the answers as the question does."""
        if key.id == "consent.no" and self._asks:
            return text_of("T_TAKE_BACK")
        named = {remedy.action: remedy.label for remedy in self._question.remedies}
        return named.get(key.id) or several.words(self.store.snapshot).get(key.id, key.label)

    def action_yes(self) -> None:
        """Agree."""
        self.dismiss("yes")

    def action_no(self) -> None:
        """Say no, or take back what was asked."""
        self.dismiss("no")


def questions(snapshot: Snapshot) -> list[Asked]:
    """Return what the calls ask, the first of them first."""
    asked = [question for call in snapshot.calls if (question := _question_of(call)) is not None]
    return asked + [question for call in snapshot.calls if (question := _to_be_kept(call))]


def _question_of(call: CallView) -> Asked | None:
    if call.question is None or call.phase == "ended":
        return None
    return Asked(call.id, call.question.code, call.question, waits=call.asks)


def _to_be_kept(call: CallView) -> Asked | None:
    """Return the question whether one may be recorded or transcribed, None where it is not open."""
    asked = asked_to_be_kept(call)
    if asked is None:
        return None
    kept, question = asked
    return Asked(call.id, kept.id, question, to_be_kept=True)
