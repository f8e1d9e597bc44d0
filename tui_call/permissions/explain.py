"""Answers of this room in the words of sentences.txt, for one of the two sides.

The person concerned reads the names of the policy and the group that decided. The other side
gets the same reason without them: what is told of a peer is filled from the peer's name and the
organisation alone.
"""

from dataclasses import dataclass, replace

from tui_call.permissions.admission import Refused
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.gate import Off
from tui_call.permissions.policies import DecidedBy, EncryptionPolicy
from tui_call.permissions.standard import AskFirst, Visible
from tui_call.reasons import GateReason
from tui_call.sentences import Sentence, sentence

_YOU = "you"


@dataclass(frozen=True, slots=True)
class People:
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


def explain_own(own: OwnEncryption, people: People) -> Explanation:
    """Say whether E2EE calls are on for the person here, and who decided."""
    words = sentence(own.code, **_policy_fields(own.policy))
    return Explanation(words, explain_decision(own.decided_by, people))


def explain_off(off: Off, people: People) -> Explanation:
    """Say why a capability is off, with the remedy that helps, and who decided."""
    fields = {"peer": people.peer, "who": _YOU, "policy": off.decided_by.policy}
    words = sentence(off.reason, **fields)
    remedies = sentence(off.remedy_of, **fields).remedies
    return Explanation(replace(words, remedies=remedies), explain_decision(off.decided_by, people))


def explain_refused(
    refused: Refused, own: OwnEncryption, people: People
) -> tuple[Sentence, Sentence]:
    """Say that there is no call, and in a second sentence why E2EE is off where it is off."""
    who = _YOU if refused.own else people.peer
    fields = {**_policy_fields(own.policy), "peer": people.peer, "who": who}
    words = sentence(refused.code, refused.side, **fields)
    why = (
        sentence(refused.reason, "own", **fields)
        if refused.own
        else explain_peer(refused.reason, people)
    )
    return words, why


def explain_standard(
    answer: AskFirst | Visible, own: OwnEncryption, people: People
) -> tuple[Sentence, Sentence]:
    """Say or ask that a call is not E2EE, and in a second sentence why it is not."""
    words = sentence(answer.code, answer.side, peer=people.peer, org=people.organisation)
    why = (
        sentence(answer.reason, "own", **_policy_fields(own.policy))
        if answer.own
        else explain_peer(answer.reason, people)
    )
    return words, why


def explain_peer(reason: GateReason, people: People) -> Sentence:
    """Say why E2EE is off for the other person, without any name of a policy."""
    return sentence(reason, "other side sees", peer=people.peer, org=people.organisation)


def explain_decision(decided_by: DecidedBy, people: People) -> Sentence:
    """Name who decided, to the person concerned."""
    return sentence(
        decided_by.authority,
        policy=decided_by.policy,
        group=decided_by.group,
        rank=decided_by.rank,
        file=decided_by.file,
        org=people.organisation,
    )


def _policy_fields(policy: EncryptionPolicy | None) -> dict[str, str]:
    return {"policy": policy.name, "src": policy.origin} if policy is not None else {}
