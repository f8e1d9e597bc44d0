"""What this engine knows of one call: plain data, of which `views.call` makes what is shown."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tui_call.calls.rekeying import REKEY_INTERVAL
from tui_call.calls.rules import CallRules
from tui_call.calls.states import State
from tui_call.e2ee.security_code import SecurityCode
from tui_call.engine.calls.leg_figures import LegFacts
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.identifiers import AccountId
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.gate import (
    CallFacts,
    Capability,
    On,
    Phase,
    PlatformFacts,
    ServiceFacts,
    gate,
)
from tui_call.profile.contacts import ACCEPTED, Contact, Standing
from tui_call.profile.history import CUT_OFF, KindOfKept, PastCall, PastMember
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence, sentence
from tui_call.voice.devices.port import DeviceEvent

MOST_EVENTS = 200
MOST_EVENTS_OF_A_KIND = 20
MOST_NOTES_OF_A_SIDE = 100
MOST_WAS = 16

_PHASES = {
    State.WAIT_RESPOND: Phase.SETUP,
    State.WAIT_ADDRESSES: Phase.SETUP,
    State.WAIT_ANSWER: Phase.RINGING,
    State.WAIT_OFFER: Phase.SETUP,
    State.RINGING: Phase.RINGING,
    State.ANSWERING: Phase.CONNECTING,
    State.CONNECTING: Phase.CONNECTING,
    State.SECURE: Phase.ACTIVE,
    State.ENDED: Phase.ENDED,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that was told in a call, at Unix seconds; `number` counts what was."""

    at: float
    sentence: Sentence
    number: int


@dataclass(frozen=True, slots=True)
class NoteKept:
    """A note of either side, cleaned, at Unix seconds; `number` counts those of both.

    In a standard call `by` names who else wrote it, and `act` is the one by which it was sent.
    """

    at: float
    mine: bool
    text: str
    number: int
    by: str = ""
    act: str = ""


@dataclass(slots=True)
class CallState:
    """One call as the person here has it.

    Attributes:
        id: 16 bytes.
        was: the ids of calls of the person here that go on in it, its own of before among them; the
            newest last.
        account: whose device is at the other end.
        direction: who placed it.
        own: encryption facts of this side when the call began; it keeps them.
        wall: tells Unix seconds, by which people read when something was.
        bridge: standard calls can be made, one of which an E2EE call may become.
        rekey_interval: seconds from one rekey to the next.
        leg: how the leg stands that was answered, before that the one that has got furthest; None
            before the other device is known, and in a standard call.
        standard: what is known of it as a standard call; None in an E2EE call.
        question: what the person is asked before it goes on, None for nothing.
        asks: it is the person here who asks the other one, and waits.
        order: counts all calls of this engine as they begin.
        forgot: it comes from a device where a call of ours rang when its invite came.
        given_up: it crossed with another call between the same people, in which they speak;
            nothing of it is shown or written down.
        went_e2ee: an E2EE call of the same people has taken its place, whoever hangs up then.
        standing: how well the key was known before this call, and after comparing in it.
        standing_when: Unix seconds of that.
        new_key: the key replaced another one and was not compared since.
        first: no key was known before this call.
        began: Unix seconds.
        proven: the other end has shown its key.
        key_changed: the other end came with another key than the one that is known.
        end_words: how it ended, None while it lasts.
        silenced: it rings no more here, and goes on ringing at the other end.
        written_down: it is in the history already, as a call that nobody was left to end.
        was_kept: what was kept of it, "recording" or "transcript".
        stood_still: seconds for which this computer did, the last time in this call.
    """

    id: bytes
    account: AccountId
    name: str
    direction: Literal["outgoing", "incoming"]
    own: OwnEncryption
    wall: Callable[[], float] = field(repr=False, compare=False)
    rekey_interval: float = REKEY_INTERVAL
    bridge: bool = False
    leg: LegFacts | None = None
    standard: StandardFacts | None = None
    question: Sentence | None = None
    asks: bool = False
    order: int = 0
    forgot: bool = False
    given_up: bool = False
    was: tuple[bytes, ...] = ()
    went_e2ee: bool = False
    proven: bool = False
    standing: Standing = Standing.NEW
    standing_when: float = 0
    new_key: bool = False
    first: bool = False
    began: float = field(init=False)
    answered: bool = False
    silenced: bool = False
    written_down: bool = False
    was_kept: frozenset[KindOfKept] = frozenset()
    stood_still: float = 0
    started: float = 0
    ended: float = 0
    end_words: Sentence | None = None
    ended_by_peer: bool = False
    key_changed: bool = False
    muted: bool = False
    on_hold: bool = False
    withheld: bool = False
    code: SecurityCode | None = None
    events: list[Happened] = field(default_factory=list[Happened])
    notes: list[NoteKept] = field(default_factory=list[NoteKept])

    def __post_init__(self) -> None:
        """Begin now."""
        self.began = self.wall()

    def goes_on_from(self, before: "CallState") -> None:
        """Let who stays with another call, or with this one by the id of now, find it here."""
        known = dict.fromkeys((*before.was, *self.was, before.id))
        self.was = tuple(known)[-MOST_WAS:]

    @property
    def phase(self) -> Phase:
        """How far the call is."""
        if self.ended:
            return Phase.ENDED
        if self.standard is not None:
            return self.standard.phase
        return _PHASES[self.leg.state] if self.leg else Phase.SETUP

    @property
    def rings_here(self) -> bool:
        """Whether the person here may answer it now."""
        if self.standard is not None:
            return self.standard.rings_here and not self.ended
        return self.leg is not None and self.leg.state is State.RINGING and not self.ended

    @property
    def is_retrieved(self) -> bool:
        """Whether it is being taken from where it is parked."""
        return self.standard is not None and self.standard.retrieving

    @property
    def consulting(self) -> bool:
        """Whether the person speaks with somebody before a transfer, while others wait."""
        return self.standard is not None and self.standard.consulting and not self.ended

    @property
    def is_no_call(self) -> bool:
        """Whether nothing came of it here that is to be written down.

        That is one that the person did not take from its slot or, having had it before, at this
        device. All others that rang and were not taken are missed calls, one for each call.
        """
        standard = self.standard
        return self.is_retrieved or (
            standard is not None and standard.had_before and not self.answered
        )

    @property
    def of_several(self) -> bool:
        """Whether others hear each other in it, however it is with the person here."""
        return self.standard is not None and len(self.standard.with_others) > 1

    @property
    def audience(self) -> Literal["caller", "callee"]:
        """Which of two sentences is for the person here."""
        return "caller" if self.direction == "outgoing" else "callee"

    @property
    def rules(self) -> CallRules:
        """What holds for the call from its beginning: of policy, setting, and what was compared."""
        service = ServiceFacts(bridge=self.bridge, keeps=self.bridge)
        answers = gate(CallFacts(self.phase), self.own, PlatformFacts(), service)
        return CallRules(
            rekey_interval=self.rekey_interval,
            must_compare=self.own.must_compare(compared=self.standing is Standing.COMPARED),
            may_leave=isinstance(answers[Capability.LEAVE_E2EE], On),
            room=self.id.hex(),
        )

    def remember(self, contact: Contact, *, first: bool = False) -> None:
        """Take over how well the key is known; in a first call it stays new until compared."""
        self.first = first or not contact.identity_key
        self.standing = contact.key_standing
        if self.first and contact.key_standing is Standing.SEEN_BEFORE:
            self.standing = Standing.NEW
        self.standing_when = contact.since
        self.new_key = contact.how == ACCEPTED and self.standing is Standing.SEEN_BEFORE

    @property
    def quality(self) -> Literal["", "good", "fair", "poor", "lost"]:
        """One word for the path, "" while there is no sound."""
        if self.phase is not Phase.ACTIVE:
            return ""
        if self.standard is not None:
            return self.standard.quality
        return self.leg.quality if self.leg else ""

    def tell(self, event: Sentence) -> None:
        """Add to the list of what happened; what happens often pushes nothing else out."""
        same = [one for one in self.events if one.sentence.code == event.code]
        if len(same) == MOST_EVENTS_OF_A_KIND:
            self.events.remove(same[0])
        number = self.events[-1].number + 1 if self.events else 1
        self.events.append(Happened(self.wall(), event, number))
        del self.events[:-MOST_EVENTS]

    def tell_of_device(self, event: DeviceEvent, has_microphone: bool) -> None:
        """Add what a sound device that came or went means for the call.

        Args:
            event: which did what.
            has_microphone: the computer has one, if not the one that was asked for.
        """
        device = event.name or "default"
        match event.kind, event.what:
            case "speaker", "lost":
                self.tell(sentence("N_SPEAKER", peer=self.name))
            case "speaker", _:
                pass
            case _, "lost":
                code = "G_MIC_LOST" if has_microphone else "N_MIC"
                self.tell(sentence(code, dev=device, peer=self.name))
            case _:
                muted = "muted" if self.muted else "open"
                self.tell(sentence("G_MIC_BACK", dev=device, muted=muted))

    def note(self, text: str, *, mine: bool, by: str = "", act: str = "") -> None:
        """Keep a cleaned note; those of one side push none of the other's out.

        Of several people at the other side, who wrote most makes room.
        """
        same = [one for one in self.notes if one.mine == mine]
        if len(same) == MOST_NOTES_OF_A_SIDE:
            [(most, _)] = Counter(one.by for one in same).most_common(1)
            self.notes.remove(next(one for one in same if one.by == most))
        number = self.notes[-1].number + 1 if self.notes else 1
        self.notes.append(NoteKept(self.wall(), mine, text, number, by, act))

    def end(self, words: Sentence, *, by_peer: bool) -> None:
        """Note how it ended, and by whom; without sound there is nothing to compare."""
        self.ended_by_peer = by_peer
        self.ended = self.wall()
        self.end_words = words
        if not self.started:
            self.code = None
        self.tell(words)

    def past_call(self, reason: EndReason | None, *, missed: bool = False) -> PastCall:
        """Return what is written down of a call that has ended, or of one that is on: None."""
        members = self._past_members
        came = self.standard.came if self.standard is not None else ""
        return PastCall(
            at=self.began,
            members=members,
            direction="missed" if missed else came or self.direction,
            seconds=self.wall() - self.started if self.started and reason else 0,
            end_reason=reason.value if reason else CUT_OFF,
            unseen=missed,
            by_peer=self.ended_by_peer,
            kept=tuple(sorted(self.was_kept)),
            last=self.account if self.account != members[0].account else AccountId(""),
        )

    @property
    def _past_members(self) -> tuple[PastMember, ...]:
        """Who was in it, first who called or was called: by it the call is found again."""
        standard = self.standard
        names = standard.names if standard is not None else {}
        met = {one: name for one, name in names.items() if standard and one in standard.met}
        found = (met or names or {self.account: self.name}).items()
        return tuple(PastMember(AccountId(one), name) for one, name in found)

    @property
    def kind_word(self) -> str:
        """What kind of call it is, in words."""
        return "E2EE" if self.standard is None else "not E2EE"

    @property
    def held(self) -> bool:
        """Whether nothing of the microphone is sent, muted or not."""
        if self.standard is not None:
            waits = self.standard.silent and self.phase is not Phase.ACTIVE
            return self.on_hold or self.standard.all_hold or waits
        kept = self.leg is not None and (self.leg.peer_on_hold or self.leg.silent)
        return self.on_hold or kept
