"""The person's own word of being recorded and captioned, as Settings shows it and asks for it."""

from collections.abc import Mapping

from textual.content import Content

from tui_call.control.actions import ChangeAccountSetting
from tui_call.control.views import MeView, SentenceView, SettingView, Snapshot
from tui_call.sentences import sentence, text_of
from tui_call.tui import lines
from tui_call.tui.screens.dialogs import Choice, Choose

RECORDING, CAPTIONS = "recording_of_me", "captions_of_me"
NAMES: Mapping[str, str] = {RECORDING: "Recording of me", CAPTIONS: "Captions of me"}
"""By the keys of their rows."""
_FOLLOWS = "follow"
_SAID = {RECORDING: ("allow", "ask", "refuse"), CAPTIONS: ("allow", "refuse")}


def said(key: str, me: MeView) -> str:
    """Return what the account says."""
    return me.recording_of_me if key == RECORDING else me.captions_of_me


def question(key: str, me: MeView) -> Choose:
    """Ask what the account shall say."""
    choices = [Choice(word, word, text_of(_table(key), word)) for word in _SAID[key]]
    return Choose(text_of("T_OWN_WORD_ASK", name=NAMES[key]), [], choices, said(key, me))


def order(key: str, word: str) -> ChangeAccountSetting | None:
    """Return what changes the account's word, None for what is none."""
    if key == RECORDING and (word == "allow" or word == "ask" or word == "refuse"):
        return ChangeAccountSetting(recording_of_me=word)
    if key == CAPTIONS and (word == "allow" or word == "refuse"):
        return ChangeAccountSetting(captions_of_me=word)
    return None


def limit(key: str, snapshot: Snapshot) -> SentenceView | None:
    """Return what goes before the account's word: a policy, or a setting of this device."""
    here = next((view for view in snapshot.settings if view.key == f"standard.{key}"), None)
    if here is None:
        return None
    if is_limited(here):
        return here.limited_by
    if here.value == _FOLLOWS:
        return None
    return sentence("T_OWN_WORD_HERE", value=here.value, source=here.source)


def decided_by(key: str, snapshot: Snapshot) -> SentenceView:
    """Return who decides."""
    calling = snapshot.encryption.calling
    limits = (view for view in snapshot.settings if view.key == f"standard.{key}")
    if calling is not None and any(map(is_limited, limits)):
        return calling.decided_by
    return sentence("T_OWN_WORD_OWN")


def is_limited(here: SettingView) -> bool:
    """Tell whether a setting holds only in part; what follows the account's word does wholly."""
    return here.limited_by is not None and here.limited_by.code != "P_ACCOUNT"


def details(key: str, snapshot: Snapshot, width: int) -> list[Content]:
    """Return what the account's word means, and what is above it."""
    word = said(key, snapshot.me)
    limited = limit(key, snapshot)
    rows = [
        lines.rule(width, NAMES[key]),
        lines.line(" ", lines.text(f"{word}: {text_of(_table(key), word)}")),
        lines.line(" ", lines.text(f"decided by: {decided_by(key, snapshot).text}", lines.SOFT)),
    ]
    if limited is not None:
        rows.append(lines.line((" ! ", "bold $warning"), lines.text(limited.text)))
    return [row.truncate(width, ellipsis=True) for row in rows]


def _table(key: str) -> str:
    return "T_RECORDING_OF_ME" if key == RECORDING else "T_CAPTIONS_OF_ME"
