"""What is said to who gave an order in words, once it was carried out."""

from collections.abc import Mapping
from datetime import datetime

from tui_call.control import actions
from tui_call.control.actions import Action
from tui_call.control.verbs import Said, Verb
from tui_call.control.views import CallView, KeptView, Snapshot
from tui_call.sentences import Sentence, sentence, text_of


def outcome(
    verb: Verb,
    said: Said,
    action: Action,
    snapshot: Snapshot,
    result: Mapping[str, object],
    *,
    follows: bool = False,
) -> Sentence | None:
    """Return what is to be said of an order, None where what happens says it.

    Args:
        verb: by which it was given.
        said: with what; its snapshot is of the moment before.
        action: what was carried out.
        snapshot: what the engine said after it.
        result: what the engine answered.
        follows: who gave it reads what happens in calls, too.
    """
    match action:
        case actions.Forget(account) if account in {one.account for one in snapshot.people}:
            return sentence(verb.done, "listed")
        case actions.Transfer(ask=True):
            return sentence(verb.done, "asks first")
        case actions.HangUp(whole=False) if _comes_back(action, said):
            return None if follows else sentence("V_ENDED", "comes back")
        case (
            actions.RecordCall(on)
            | actions.Transcribe(on)
            | actions.AgreeToBeKept(on)
            | actions.ShowCaptions(on)
        ) if verb.done:
            done = None if follows else sentence(verb.done, "" if on else "off")
            return _was_so(action, said) or done
        case actions.ExportKept(folder=folder):
            return sentence("V_KEPT_FETCHED", folder=folder)
        case actions.DeleteKept():
            return sentence("V_KEPT_DELETED")
        case _:
            return sentence(verb.done, **result) if verb.done else None


def _was_so(action: Action, said: Said) -> Sentence | None:
    """Return what is said where nothing changed, as it was so before."""
    call = _meant(action, said.snapshot)
    if call is None:
        return None
    match action:
        case actions.RecordCall(on):
            missed = action.tracks and call.recording is not None and not call.recording.tracks
            return _kept_so("V_RECORD", call.recording, said, on=on, how="no tracks" * missed)
        case actions.Transcribe(on):
            return _kept_so("V_TRANSCRIBE", call.transcript, said, on=on)
        case actions.ShowCaptions(on) if on is call.captions:
            return sentence("V_CAPTIONS", "already" if on else "nothing")
        case actions.AgreeToBeKept() if call.recording is not None and not call.recording.by:
            return sentence("V_AGREE", "by rule")
        case actions.AgreeToBeKept(on) if call.own_kept == ("kept" if on else "refused"):
            return sentence("V_AGREE", "already" if on else "off already")
        case _:
            return None


def _comes_back(action: actions.HangUp, said: Said) -> bool:
    """Tell whether it led back to those who waited, while somebody was asked first."""
    call = _meant(action, said.snapshot)
    return call is not None and call.consulting


def _meant(action: Action, snapshot: Snapshot) -> CallView | None:
    if not isinstance(action, actions.CallAction) or not action.call:
        return snapshot.front
    return next((call for call in snapshot.calls if call.id == action.call), None)


def _kept_so(
    code: str, kept: KeptView | None, said: Said, *, on: bool, how: str = ""
) -> Sentence | None:
    if kept is None:
        return None if on else sentence(code, "nothing")
    if kept.starting or not on:
        return None
    since = datetime.fromtimestamp(kept.since, said.now.tzinfo)
    by = kept.by or text_of("T_BY_RULE")
    return sentence(code, how or "already", who=by, time=f"{since:%H:%M}")
