"""Whether a standard call may be here, what the person is asked, and to what they have said yes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.directory import KnownPeople
from tui_call.foreign_text import clean
from tui_call.identifiers import AccountId
from tui_call.permissions.admission import CallSide, Denied, PeerEncryption
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.explain import Names, explain_standard
from tui_call.permissions.standard import AskFirst, may_be_standard
from tui_call.reasons import GateReason
from tui_call.sentences import Sentence
from tui_call.signaling.messages import CallChanged

MOST_AGREED = 64
"""Calls to which the person has agreed; from the same people they come back without a question."""

_OF_A_CALLER = (
    GateReason.COMPLIANCE,
    GateReason.POLICY,
    GateReason.SETTING,
    GateReason.OLD_DEVICE,
    GateReason.KEY_LOCKED,
    GateReason.CREDENTIAL_OVER,
)
"""Why a caller has no E2EE, as the service may say of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A standard call that may be, with what is said of it.

    Attributes:
        words: ask for it, or say that it is one; with why it is not E2EE.
        why: says that alone.
        reason: the same in a code.
        own: it is so because of this end.
        asks: the person has to say yes before anything else happens.
    """

    words: Sentence
    why: Sentence
    reason: GateReason
    own: bool
    asks: bool

    @property
    def off(self) -> bool:
        """Whether E2EE is off at an end, whoever asks for what."""
        return self.reason is not GateReason.STANDARD_ASKED


@dataclass(frozen=True, slots=True)
class _Agreed:
    """With whom the person agreed to a call, and when it began, Unix seconds, 0 before that."""

    people: frozenset[str] = frozenset()
    began: int = 0


class StandardConsent:
    """Asks `permissions.standard` about calls with the people that are known here."""

    def __init__(self, account: OwnAccount, people: KnownPeople) -> None:
        self._account = account
        self._people = people
        self._agreed: dict[bytes, _Agreed] = {}

    def judge(
        self,
        own: OwnEncryption,
        others: Sequence[AccountId],
        peer: PeerEncryption | None,
        side: CallSide,
    ) -> Denied | Judged:
        """Decide about a call with some people; E2EE made with any of them counts.

        Args:
            own: what holds at this end.
            others: with whom, at least one.
            peer: why the other end cannot have it E2EE, None where nothing is known.
            side: which end this is.
        """
        contacts = self._account.contacts
        made = next((one for one in others if contacts.get(one).e2ee_made), None)
        answer = may_be_standard(own, peer, side, e2ee_made=made is not None)
        if isinstance(answer, Denied):
            return answer
        words, why = explain_standard(answer, own, self.names(made or others[0]))
        words = replace(words, why=why.text)
        return Judged(words, why, answer.reason, answer.own, isinstance(answer, AskFirst))

    def names(self, account: AccountId) -> Names:
        """Return the names for sentences about a call with somebody."""
        return Names(self._people.name_of(account), clean(self._account.member().organisation))

    def agree(self, call_id: bytes, people: Iterable[str]) -> None:
        """Remember to which call with whom the person said yes."""
        before = self._agreed.pop(call_id, _Agreed())
        self._agreed[call_id] = replace(before, people=before.people | frozenset(people))
        for oldest in list(self._agreed)[:-MOST_AGREED]:
            del self._agreed[oldest]

    def has_agreed(self, call_id: bytes, people: Iterable[str]) -> bool:
        """Tell whether the person has said yes to a call with all these people."""
        return self._agreed.get(call_id, _Agreed()).people.issuperset(people)

    def told(self, call_id: bytes, began: int) -> None:
        """Take a call as the service tells it; one that began later has the id of another one.

        Ids are chosen by who places a call, and only the service says when it began.
        """
        known = self._agreed.get(call_id)
        if known is not None and known.began not in (0, began):
            del self._agreed[call_id]
        elif known is not None:
            self._agreed[call_id] = replace(known, began=began)


def told_of(told: CallChanged, caller: AccountId) -> PeerEncryption | None:
    """Return why the caller's end has no E2EE, as the service says; None where it says nothing."""
    if told.why_of != caller:
        return None
    off = next((one for one in _OF_A_CALLER if one == told.why), None)
    return PeerEncryption(off=off) if off is not None else None
