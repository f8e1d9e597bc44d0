"""The reason line: the full sentence behind something that is off, and who decided it."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from tui_call.control.views import SentenceView
from tui_call.tui import lines
from tui_call.tui.widgets.painted import Painted


@dataclass(frozen=True, slots=True)
class Reason:
    """What the reason line says.

    Attributes:
        sentence: the full sentence.
        decided_by: who decided, None if nobody did.
        who_shown: whether that is shown too.
    """

    sentence: SentenceView
    decided_by: SentenceView | None = None
    who_shown: bool = False


class ReasonStrip(Painted):
    """A few lines above the hints; none while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.reason: Reason | None = None
        self.remedies: Sequence[tuple[str, str]] = ()
        self.why_key = "i"
        self.close_key = "esc"

    def say(self, reason: Reason | None, remedies: Sequence[tuple[str, str]] = ()) -> None:
        """Show a reason, or None to close.

        Args:
            reason: what to say.
            remedies: key and name of what helps, only what works here.
        """
        self.reason, self.remedies = reason, remedies
        self.display = reason is not None
        self.refresh(layout=True)

    def paint(self, width: int, height: int) -> Sequence[Content]:  # noqa: ARG002
        """Return sentence and keys."""
        reason = self.reason
        if reason is None:
            return []
        first, *others = lines.wrapped(reason.sentence.text, width, "   ")
        said = [lines.line((" ! ", "bold $warning"), first[3:]), *others]
        keys = [*self.remedies]
        if reason.decided_by is not None and not reason.who_shown:
            keys.append((self.why_key, "Who decided"))
        if all(key != self.close_key for key, _ in keys):
            keys.append((self.close_key, "Close"))
        hints = Content("    ").join(lines.line((key, lines.KEY), " ", name) for key, name in keys)
        if reason.sentence.why:
            said += lines.wrapped(reason.sentence.why, width, "   ")
        if reason.who_shown and reason.decided_by is not None:
            who = lines.line(("   decided by: ", lines.SOFT), lines.text(reason.decided_by.text))
            return [*said, lines.spread(who, hints, width - 1)]
        return [*said, lines.line("   ", hints)]
