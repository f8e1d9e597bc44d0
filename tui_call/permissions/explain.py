"""Answers of this room in the words of sentences.txt, for one of the two sides.

The person concerned reads the names of the policy and the group that decided. The other side
gets the same reason without them: what is told of a peer is filled from the peer's name and the
organisation alone.
"""

from dataclasses import dataclass, replace

from tui_call.permissions.admission import Denied
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.gate import Capability, Off
from tui_call.permissions.policies import CallingPolicy, DecidedBy, EncryptionPolicy
from tui_call.permissions.standard import AskFirst, Visible
from tui_call.reasons import GateReason
from tui_call.sentences import Sentence, sentence

_YOU = "you"
_BY_RULE = (GateReason.MUST_BE_RECORDED, GateReason.BY_RULE)


@dataclass(frozen=True, slots=True)
class Names:
    """Names that sentences need; they come from outside and are cleaned as they are filled in.

    Attributes:
        peer: the other person, "" where there is none.
        organisation: the own organisation.
    """

    peer: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sentence and the one that names who decided."""

    sentence: Sentence
    decided_by: Sentence


def explain_own(own: OwnEncryption, names: Names) -> Explanation:
    """Say whether E2EE calls are on for the person here, and who decided."""
    words = sentence(own.code, **_policy_fields(own.ruled_out_by))
    return Explanation(words, explain_decision(own.decided_by, names))


_WORDS = {
    Capability.MUTE: "CAP_MUTE",
    Capability.HOLD: "CAP_HOLD",
    Capability.KEYS: "CAP_KEYS",
    Capability.DEVICES: "CAP_DEVICES",
    Capability.NOTES: "CAP_NOTES",
    Capability.FIGURES: "CAP_FIGURES",
    Capability.RECORD: "CAP_RECORD",
    Capability.CAPTIONS: "CAP_CAPTIONS",
    Capability.TRANSCRIPT: "CAP_TRANSCRIPT",
    Capability.TRANSFER: "CAP_TRANSFER",
    Capability.CONSULT: "CAP_CONSULT",
    Capability.PARK: "CAP_PARK",
    Capability.MERGE: "CAP_MERGE",
    Capability.ADD: "CAP_ADD",
    Capability.HAND_OVER: "CAP_HAND_OVER",
    Capability.COMPARE: "CAP_COMPARE",
    Capability.LEAVE_E2EE: "CAP_LEAVE_E2EE",
    Capability.GO_E2EE: "CAP_GO_E2EE",
    Capability.STANDARD: "CAP_STANDARD",
    Capability.RING_SEVERAL: "CAP_RING_SEVERAL",
    Capability.RETRIEVE: "CAP_RETRIEVE",
}


def label_of(capability: Capability) -> str:
    """Return how a capability is called in a list."""
    return sentence(_WORDS[capability]).label


def purpose_of(capability: Capability) -> str:
    """Return what a capability is, as E2EE is left "for" it."""
    return sentence(_WORDS[capability]).text


def explain_off(capability: Capability, off: Off, names: Names) -> Explanation:
    """Say why a capability is off, with the remedy that helps, and who decided."""
    fields = {
        "peer": names.peer,
        "who": _YOU,
        "org": names.organisation,
        "cap": label_of(capability),
        "policy": off.decided_by.policy,
        "src": off.decided_by.origin,
    }
    own_rule = off.reason in _BY_RULE and off.decided_by.policy
    words = sentence(off.reason, "own" if own_rule else "", **fields)
    remedies = sentence(off.remedy_of, **fields).remedies
    return Explanation(replace(words, remedies=remedies), explain_decision(off.decided_by, names))


def explain_denied(denied: Denied, own: OwnEncryption, names: Names) -> tuple[Sentence, Sentence]:
    """Say that there is no call, and in a second sentence why E2EE is off where it is off."""
    who = _YOU if denied.own else names.peer
    fields = {**_policy_fields(own.policy), "peer": names.peer, "who": who}
    words = sentence(denied.code, denied.side, **fields)
    why = (
        sentence(denied.reason, "own", **_policy_fields(own.ruled_out_by))
        if denied.own
        else explain_peer(denied.reason, names)
    )
    return words, why


def explain_standard(
    answer: AskFirst | Visible, own: OwnEncryption, names: Names
) -> tuple[Sentence, Sentence]:
    """Say or ask that a call is not E2EE, and in a second sentence why it is not."""
    words = sentence(answer.code, answer.side, peer=names.peer, org=names.organisation)
    why = (
        sentence(answer.reason, "own", **_policy_fields(own.ruled_out_by))
        if answer.own
        else explain_peer(answer.reason, names)
    )
    return words, why


def explain_peer(reason: GateReason, names: Names) -> Sentence:
    """Say why E2EE is off for the other person, without any name of a policy."""
    return sentence(reason, "other side sees", peer=names.peer, org=names.organisation)


def explain_decision(decided_by: DecidedBy, names: Names) -> Sentence:
    """Name who decided, to the person concerned."""
    return sentence(
        decided_by.authority,
        policy=decided_by.policy,
        group=decided_by.group,
        rank=decided_by.rank,
        file=decided_by.file,
        org=names.organisation,
    )


def _policy_fields(policy: EncryptionPolicy | CallingPolicy | None) -> dict[str, str]:
    return {"policy": policy.name, "src": policy.decided_by.origin} if policy is not None else {}
