"""Why a call ends, and what a person reads of it."""

from tui_call.calls.effects import Ended
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.phrases import denied_sentence, duration, past_sentence
from tui_call.identifiers import organisation_of
from tui_call.permissions.admission import (
    CallSide,
    Denied,
    PeerEncryption,
    may_call,
    peer_refused,
)
from tui_call.permissions.explain import Names
from tui_call.profile.history import PastCall, PastMember
from tui_call.reasons import EndReason, GateReason
from tui_call.sentences import Sentence, sentence

_RANG_IN_VAIN = {EndReason.NO_ANSWER, EndReason.OFFLINE, EndReason.HUNG_UP}


def end_sentence(end: Ended, record: CallState, other_device: str) -> Sentence:
    """Return the sentence of an end for the person here.

    Args:
        end: how it ended.
        record: of the call.
        other_device: the name of the person's other device, cleaned.
    """
    if end.refusal is not None:
        denied = may_call(record.own, peer_refused(end.refusal), CallSide.CALLER)
        assert isinstance(denied, Denied)
        names = Names(record.name, organisation_of(record.account))
        return denied_sentence(denied, record.own, names)
    if end.reason is EndReason.NO_PATH and record.leg is not None and record.leg.without_relay:
        policy = record.own.policy
        if policy is not None and policy.relay_only:
            return sentence("R_NO_RELAY", "policy", policy=policy.name)
        return sentence("R_NO_RELAY", "own")
    if end.reason is EndReason.CONNECTION_LOST and record.stood_still:
        return sentence(end.reason, "stood still", n=round(record.stood_still))
    seconds = max(0, record.wall() - record.started) if record.started else 0
    rule = record.own.calling.recording_rule if record.own.calling is not None else ""
    if end.reason is EndReason.MUST_BE_RECORDED and rule:
        audience = "own, spoke" if seconds else "own"
        return sentence(end.reason, audience, policy=rule, dur=duration(seconds))
    call = PastCall(
        at=record.began,
        members=(PastMember(record.account, record.name),),
        direction=record.direction,
        seconds=seconds,
        end_reason=end.reason.value,
        by_peer=end.by_peer,
    )
    return past_sentence(call, other_device)


def peer_at_end(end: Ended) -> PeerEncryption | None:
    """Return why the other one's E2EE calls are off, None where that was not the reason.

    Their device says so, or the service without a signature of theirs.
    """
    if end.refusal is not None:
        return peer_refused(end.refusal)
    unsigned = end.reason is EndReason.UNSIGNED_REFUSAL
    return PeerEncryption(off=GateReason.UNSIGNED) if unsigned else None


def over_reason(code: str, record: CallState) -> EndReason:
    """Return why a call is over; one that rang in vain here was given up by who called."""
    try:
        reason = EndReason(code)
    except ValueError:  # of another version
        reason = EndReason.HUNG_UP
    if record.is_no_call:  # nothing was missed here
        return EndReason.HUNG_UP if reason is EndReason.CANCELLED else reason
    rang = record.direction == "incoming" and not record.answered
    return EndReason.CANCELLED if rang and reason in _RANG_IN_VAIN else reason


def reason_of(words: Sentence, otherwise: EndReason) -> EndReason:
    """Return the reason whose sentence it is."""
    known = [one for one in EndReason if one == words.code]
    return known[0] if known else otherwise
