"""What a person reads of how a call ends."""

from tui_call.calls.effects import Ended
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.phrases import denied_sentence, past_sentence
from tui_call.identifiers import organisation_of
from tui_call.permissions.admission import CallSide, Denied, may_call, peer_refused
from tui_call.permissions.explain import Names
from tui_call.profile.history import PastCall, PastMember
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence


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
    call = PastCall(
        at=record.began,
        members=(PastMember(record.account, record.name),),
        direction=record.direction,
        seconds=seconds,
        end_reason=end.reason.value,
        by_peer=end.by_peer,
    )
    return past_sentence(call, other_device)
