"""What follows from who is in a call for what is kept of it: rule, tones and questions."""

from dataclasses import replace

from tui_call.standard_calls.effects import SoundTone
from tui_call.standard_calls.keeping import TONE_SECONDS, Keeping, ToneHeard
from tui_call.standard_calls.kept_course import start, stop
from tui_call.standard_calls.kept_rooms import is_asked_for, must_be_recorded, takes_part
from tui_call.standard_calls.revision import Revision
from tui_call.standard_calls.state import StandardCall


def settle_kept(revision: Revision) -> None:
    """Bring what is kept to rest; of a call that is over that is nothing."""
    call = revision.call
    if call.over:
        revision.call = replace(
            call, recording=None, transcript=None, tap="", people=(), refused=()
        )
        return
    came = (m.account for m in call.inside if m.account not in call.people)
    revision.call = replace(call, people=(*call.people, *dict.fromkeys(came)))
    _follow_the_rule(revision)
    _play_tones(revision)
    _ask(revision)
    if not revision.call.kept:
        revision.call = replace(revision.call, tap="")


def _follow_the_rule(revision: Revision) -> None:
    """Record by rule as soon as somebody is there for whom one holds, and to the end."""
    call = revision.call
    if not must_be_recorded(call):
        return
    revision.call = replace(call, by_rule=True)
    if call.recording is not None and not call.recording.by_rule:
        stop(revision, "recording", why="N_BY_RULE")
    if revision.call.recording is None:
        start(revision, "recording", "", by_rule=True)


def _play_tones(revision: Revision) -> None:
    """Let everybody hear the tone who has not, once they hear anything."""
    call = revision.call
    recording = _heard_by(revision, call, call.recording)
    transcript = _heard_by(revision, call, call.transcript)
    revision.call = replace(call, recording=recording, transcript=transcript)


def _heard_by(revision: Revision, call: StandardCall, keeping: Keeping | None) -> Keeping | None:
    """Return what is kept as those hear of it who are in the call."""
    if keeping is None:
        return None
    inside = {member.account for member in call.inside}
    heard = tuple(account for account in keeping.heard if account in inside)
    hearing = tuple(one for one in keeping.hearing if one.account in inside)
    if keeping.phase != "on":
        return replace(keeping, hearing=hearing, heard=heard)
    there = {member.account: member for member in call.inside if takes_part(call, member)}
    there = {account: member for account, member in there.items() if member.connected}
    hearing = tuple(one for one in hearing if one.account in there)
    known = {*heard, *(one.account for one in hearing)}
    new = [account for account in there if account not in known]
    numbers = [0] if len(new) == len(there) else [there[account].number for account in new]
    tones = [SoundTone("kept", source=number) for number in numbers] if new else []
    revision.effects += (tone for tone in tones if tone not in revision.effects)
    until = revision.now + TONE_SECONDS
    hearing = (*hearing, *(ToneHeard(account, until) for account in new))
    return replace(keeping, hearing=hearing, heard=heard)


def _ask(revision: Revision) -> None:
    """Ask who has to be asked, and say who is not in it; with nothing kept no question stands."""
    asks = is_asked_for(revision.call)
    for member in revision.call.inside:
        if not asks and member.consent == "asked":
            revision.put(replace(member, consent=""))
        elif asks and member.consent == "" and member.word.recording == "ask":
            revision.put(replace(member, consent="asked"))
        elif asks and member.consent == "" and member.word.recording == "refuse":
            revision.put(replace(member, consent="refused"))
            revision.happened("refused", member.account)
