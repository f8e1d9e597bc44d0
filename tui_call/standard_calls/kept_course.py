"""Starting and stopping what is kept of a call, and what tap, policies and clock say of it."""

import hashlib
from dataclasses import replace
from typing import Literal, assert_never

from tui_call.reasons import EndReason
from tui_call.standard_calls.events import (
    Agrees,
    KeepingFailed,
    KeepingForbidden,
    KeepingRefused,
    KeepingStopped,
    PartIsOpen,
    Records,
    ShowsCaptions,
    TapChanged,
    Transcribes,
    WordChanged,
)
from tui_call.standard_calls.keeping import OPEN_SECONDS, RULE_SECONDS, Keeping, WhatIsKept
from tui_call.standard_calls.revision import Revision
from tui_call.standard_calls.state import Member, StandardCall, What

NO_TAP = "N_TAP"
FORBIDDEN = {
    "recording": "G_POLICY_REC",
    "transcript": "G_POLICY_TRANSCRIPT",
    "captions": "G_POLICY_CAPTIONS",
}
"""Codes of the sentences that say so."""

KeptAct = Records | Transcribes | Agrees | ShowsCaptions
KeepingEnded = KeepingStopped | KeepingRefused | KeepingForbidden
KeptReport = TapChanged | PartIsOpen | KeepingFailed | KeepingEnded | WordChanged

OVER: dict[WhatIsKept, What] = {
    "recording": "recording_over",
    "transcript": "transcript_over",
}
_UNBEGUN: dict[WhatIsKept, What] = {
    "recording": "recording_unbegun",
    "transcript": "transcript_unbegun",
}


def take_act(revision: Revision, act: KeptAct) -> None:
    """Do what was not refused; what is so already stays as it is."""
    member = revision.call.on_device(act.account, act.device)
    assert member is not None  # else it was refused
    match act:
        case Records(on=on):
            _start_or_stop(revision, "recording", member, on, act.tracks)
        case Transcribes(on=on):
            _start_or_stop(revision, "transcript", member, on)
        case Agrees(on=on):
            _agree(revision, act.account, on)
        case ShowsCaptions(on=on):
            _show_captions(revision, member, on)
        case _:  # pragma: no cover
            assert_never(act)


def _start_or_stop(
    revision: Revision, what: WhatIsKept, member: Member, on: bool, tracks: bool = False
) -> None:
    keeping = revision.call.keeping(what)
    if on:
        if keeping is None:
            start(revision, what, member.account, tracks=tracks)
        if member.word.recording == "ask" and member.consent != "refused":
            revision.put(replace(member, consent="agreed"))
    elif keeping is not None:
        stop(revision, what, member.account)


def _agree(revision: Revision, account: str, on: bool) -> None:
    consent = "agreed" if on else "refused"
    if any(member.consent != consent for member in revision.call.of_account(account)):
        revision.happened(consent, account)
    revision.call = _with_consent(revision.call, account, consent)


def _with_consent(
    call: StandardCall, account: str, consent: Literal["agreed", "refused"]
) -> StandardCall:
    others = tuple(one for one in call.refused if one != account)
    members = tuple(
        replace(one, consent=consent) if one.account == account else one for one in call.members
    )
    refused = others if consent == "agreed" else (*others, account)
    return replace(call, members=members, refused=refused)


def _show_captions(revision: Revision, member: Member, on: bool, why: str = "") -> None:
    if member.captions is not on:
        revision.put(replace(member, captions=on))
        revision.happened("captions" if on else "captions_over", member.account, why=why)


# Begin and end


def start(
    revision: Revision, what: WhatIsKept, by: str, *, tracks: bool = False, by_rule: bool = False
) -> None:
    """Have files opened; until they are, nothing is kept."""
    _put(
        revision,
        what,
        Keeping(
            _id_of_next(revision.call, what),
            by,
            revision.now,
            tracks=tracks,
            by_rule=by_rule,
            part_since=revision.now,
            until=revision.now + _patience(by_rule=by_rule),
        ),
    )


def stop(revision: Revision, what: WhatIsKept, by: str = "", why: str = "") -> None:
    """Keep nothing more of a kind, and say who stopped it, or why."""
    keeping = revision.call.keeping(what)
    begun = keeping is not None and keeping.phase != "opening"
    _put(revision, what, None)
    revision.happened((OVER if begun else _UNBEGUN)[what], by, why=why)


def _id_of_next(call: StandardCall, what: WhatIsKept) -> str:
    """Return an id that no other recording or transcript has.

    A call's sequence only grows; and who gives a call the id of one that is over, even in the same
    moment, gives it no say in its nonce.
    """
    source = f"{call.id} {call.nonce} {call.sequence} {what}"
    return hashlib.sha256(source.encode()).hexdigest()[:32]


def _put(revision: Revision, what: WhatIsKept, keeping: Keeping | None) -> None:
    revision.call = _with(revision.call, what, keeping)


def _with(call: StandardCall, what: WhatIsKept, keeping: Keeping | None) -> StandardCall:
    if what == "recording":
        return replace(call, recording=keeping)
    return replace(call, transcript=keeping)


# Reports


def take_report(revision: Revision, report: KeptReport) -> None:
    """Take what tap and policies say."""
    match report:
        case TapChanged():
            _other_tap(revision, report)
        case PartIsOpen(kept, part):
            _is_open(revision, kept, part)
        case KeepingFailed(kept, why):
            for what, keeping in revision.call.kept:
                if keeping.id == kept:
                    fail(revision, what, keeping, why)
        case KeepingStopped() | KeepingRefused() | KeepingForbidden():
            _take_end(revision, report)
        case WordChanged():
            _take_word(revision, report)
        case _:  # pragma: no cover
            assert_never(report)


def _other_tap(revision: Revision, changed: TapChanged) -> None:
    """Have another part opened of what was in a tap that is gone; it gets no more time for that.

    A part begins when there is a tap to open it: the times of what it keeps count from then.
    """
    before = revision.call.tap
    if before == changed.tap or not revision.call.kept:
        return
    revision.call = replace(revision.call, tap=changed.tap)
    if before and any(keeping.phase == "on" for _, keeping in revision.call.kept):
        revision.happened("kept_lost")
    since = revision.now if changed.since is None else min(changed.since, revision.now)
    for what, keeping in revision.call.kept:
        if not before:
            _put(revision, what, replace(keeping, part_since=revision.now))
            continue
        until = since + _patience(by_rule=keeping.by_rule)
        again = replace(
            keeping,
            phase="opening" if keeping.phase == "opening" else "reopening",
            part=keeping.part + 1,
            part_since=revision.now,
            until=until if keeping.until is None else keeping.until,
        )
        _put(revision, what, again)


def _patience(*, by_rule: bool) -> float:
    """Return for how many seconds files are waited for."""
    return RULE_SECONDS if by_rule else OPEN_SECONDS


def _is_open(revision: Revision, kept: str, part: int) -> None:
    if not revision.call.tap:  # no tap was told of the next part yet
        return
    for what, keeping in revision.call.kept:
        if (keeping.id, keeping.part) != (kept, part) or keeping.phase == "on":
            continue
        _put(revision, what, replace(keeping, phase="on", until=None))
        if keeping.phase == "reopening":
            revision.happened("kept_again")
            continue
        revision.happened(what, keeping.by)
        for member in revision.call.inside:
            if not keeping.by_rule and member.consent == "refused":
                revision.happened("refused", member.account)


def fail(revision: Revision, what: WhatIsKept, keeping: Keeping, why: str) -> None:
    """Go on without it; a call that is recorded by rule ends."""
    if not keeping.by_rule:
        stop(revision, what, why=why)
    else:
        end_unrecorded(revision)


def end_unrecorded(revision: Revision) -> None:
    """End a call that has to be recorded, and cannot be."""
    for member in revision.call.members:
        revision.drop(member, EndReason.MUST_BE_RECORDED)


def _take_end(revision: Revision, report: KeepingEnded) -> None:
    match report:
        case KeepingStopped(by=by):
            for what, _ in ended_by(revision.call, report):
                stop(revision, what, by)
        case KeepingRefused(account):
            _agree(revision, account, on=False)
        case KeepingForbidden():
            _forbid(revision, report)
        case _:  # pragma: no cover
            assert_never(report)


def _forbid(revision: Revision, report: KeepingForbidden) -> None:
    if report.what == "captions":
        for member in tuple(revision.call.of_account(report.account)):
            _show_captions(revision, member, on=False, why=FORBIDDEN[report.what])
    for what, _ in ended_by(revision.call, report):
        stop(revision, what, report.account, FORBIDDEN[what])


def ended_by(
    call: StandardCall, report: KeepingStopped | KeepingForbidden
) -> tuple[tuple[WhatIsKept, Keeping], ...]:
    """Return what of all that is kept a report ends; what is by rule is nobody's to end."""
    if isinstance(report, KeepingStopped):
        found = [both for both in call.kept if both[1].id == report.kept]
    else:
        found = [
            both for both in call.kept if (both[0], both[1].by) == (report.what, report.account)
        ]
    return tuple(both for both in found if not both[1].by_rule)


def stopped_by(
    call: StandardCall, act: Records | Transcribes | Agrees
) -> KeepingStopped | KeepingRefused | None:
    """Return what somebody stops who may, or that it refuses; None where that is nothing."""
    if act.on or call.on_device(act.account, act.device) is None:
        return None
    if isinstance(act, Agrees):
        return KeepingRefused(act.account)
    keeping = call.keeping("recording" if isinstance(act, Records) else "transcript")
    if keeping is None or keeping.by_rule:
        return None
    return KeepingStopped(keeping.id, act.account)


def without(call: StandardCall, report: KeepingEnded) -> StandardCall:
    """Return a call as it is once what a report ends is kept no more."""
    if isinstance(report, KeepingRefused):
        return _with_consent(call, report.account, "refused")
    for what, _ in ended_by(call, report):
        call = _with(call, what, None)
    return call


def _take_word(revision: Revision, report: WordChanged) -> None:
    """Let a person's word hold that was given, or ruled, while the call is on."""
    member = revision.call.on_device(report.account, report.device)
    if member is None or report.before not in (None, member.word):
        return
    before, word = member.word, report.word
    revision.put(replace(member, word=word))
    if before.captioned is not word.captioned:
        what: What = "captioned" if word.captioned else "uncaptioned"
        revision.happened(what, member.account, why=report.why)
    if word.recording == "refuse" != before.recording:
        _agree(revision, member.account, on=False)


def time_passed(revision: Revision) -> None:
    """Take who has heard the tone by now, and give up what could not be opened."""
    for what, keeping in revision.call.kept:
        heard = tuple(one.account for one in keeping.hearing if one.until <= revision.now)
        hearing = tuple(one for one in keeping.hearing if one.until > revision.now)
        _put(revision, what, replace(keeping, hearing=hearing, heard=(*keeping.heard, *heard)))
        if keeping.until is not None and keeping.until <= revision.now:
            fail(revision, what, keeping, NO_TAP)
