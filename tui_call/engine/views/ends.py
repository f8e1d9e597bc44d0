"""What a person reads of how a call ended: as it ends, and for ever among the past calls."""

import contextlib
import time

from tui_call.calls.comparison_deadline import COMPARE_SECONDS
from tui_call.calls.effects import Ended
from tui_call.calls.path_monitor import LOST_AFTER
from tui_call.calls.states import DEADLINES, State
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.views.sentences import ANOTHER_DEVICE, denied_sentence, duration
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
    if (
        end.reason is EndReason.NO_PATH
        and record.active is not None
        and record.active.paths.without_relay
    ):
        policy = record.own.policy
        if policy is not None and policy.relay_only:
            return sentence("R_NO_RELAY", "policy", policy=policy.name)
        return sentence("R_NO_RELAY", "own")
    if end.reason is EndReason.CONNECTION_LOST and record.stood_still:
        return sentence(end.reason, "stood still", n=round(record.stood_still))
    seconds = max(0, time.time() - record.started) if record.started else 0
    call = PastCall(
        at=record.began,
        members=(PastMember(record.account, record.name),),
        direction=record.direction,
        seconds=seconds,
        end_reason=end.reason.value,
        by_peer=end.by_peer,
    )
    return past_sentence(call, other_device)


_NUMBERS: dict[str, int] = {
    EndReason.CONNECTION_LOST: round(LOST_AFTER),
    EndReason.NO_ANSWER: round(DEADLINES[State.RINGING].seconds),
    EndReason.NOT_COMPARED: round(COMPARE_SECONDS / 60),
}
"""What `n` is in the sentence of an end: seconds, or minutes."""


def past_sentence(call: PastCall, other_device: str = ANOTHER_DEVICE) -> Sentence:
    """Return the sentence of the end of a call that is over.

    Args:
        call: as it is written down.
        other_device: the name of the person's other device, cleaned.
    """
    reason = call.end_reason
    you = "You" if reason in (EndReason.HUNG_UP, EndReason.TAKEN) else "you"
    by_peer = call.by_peer and reason != EndReason.TAKEN  # the person's own other device tells it
    fields = {
        "peer": call.member.name,
        "who": call.member.name if by_peer else you,
        "dur": duration(call.seconds),
        "n": _NUMBERS.get(reason),
        "addr": call.member.account,
        "device": other_device,
    }
    side = "caller" if call.direction == "outgoing" else "callee"
    for audience in (side, "other side sees" if call.by_peer else "own", ""):
        with contextlib.suppress(KeyError):
            return sentence(reason, audience, **fields)
    return Sentence(reason, "", "")  # of another version
