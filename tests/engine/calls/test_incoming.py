"""Invites of people who never show who they are: few get an answer, and none rings."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import BOB, local
from tui_call.calls.admission_limits import (
    ABANDONED_TOLD_AT,
    KEPT_FOR_KNOWN,
    MINUTE,
    MOST_A_MINUTE,
    MOST_A_MINUTE_OF_ONE,
    MOST_HALF_OPEN,
    MOST_STRANGERS_TOLD,
    TOLD_EVERY,
    AdmissionLimits,
)
from tui_call.calls.concurrent import ConcurrentCalls
from tui_call.calls.rivals import OnInvite
from tui_call.calls.states import State
from tui_call.control.views import SentenceView
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake
from tui_call.e2ee.messages import MessageType, peek
from tui_call.engine.calls import call_log, callers, incoming
from tui_call.engine.calls.call_log import CallLog
from tui_call.engine.calls.incoming import IncomingCalls
from tui_call.engine.entropy import SystemEntropy
from tui_call.identifiers import AccountId
from tui_call.permissions.encryption import OwnEncryption, own_encryption
from tui_call.permissions.policies import E2EECalls, EncryptionPolicy, PolicySource
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.profile.contacts import Contacts
from tui_call.reasons import EndReason
from tui_call.signaling.messages import Deliver

DEVICE = b"\xdd" * 16
HERE, ELSEWHERE = "home-3fk2", "office-1"


def own(setting: AccountSetting) -> OwnEncryption:
    policy = EncryptionPolicy("all", PolicySource.ORGANISATION, E2EECalls.USER_CHOICE)
    return own_encryption(policy, setting, DeviceSetting.FOLLOW)


@dataclass
class Here:
    """Bob, his calls and postbox, and what was asked of them."""

    own: OwnEncryption = field(default_factory=lambda: own(AccountSetting.ON))
    contacts: Contacts = field(default_factory=Contacts)
    answers_invites_of: str = "organisation"
    ready: bool = True
    crosses: OnInvite = OnInvite.ANSWER
    now: float = 1000.0
    records: dict[bytes, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    acknowledged: list[Deliver] = field(default_factory=list)

    has_bridge: bool = False
    limits: AdmissionLimits = field(default_factory=AdmissionLimits)

    # Bob, his settings and what he is told

    @property
    def current(self) -> Any:
        return SimpleNamespace(e2ee=SimpleNamespace(answer_invites=self.answers_invites_of))

    def identity(self) -> LocalIdentity:
        return BOB

    @property
    def address(self) -> AccountId:
        return BOB.credential.account_id

    def name_of(self, account: str) -> str:
        return account.partition("@")[0]

    def add(self, sentence: SentenceView) -> None:
        self.notices.append(sentence.code)

    # His calls

    at_hand: ConcurrentCalls = field(default_factory=ConcurrentCalls)
    runners: dict[bytes, Any] = field(default_factory=dict)
    ended: list[bytes] = field(default_factory=list)

    def runner(self, record: Any) -> Any:
        return self.runners.get(record.id)

    def state(self, call_id: bytes, account: AccountId, direction: str) -> Any:
        return SimpleNamespace(id=call_id, account=account, leg=None, direction=direction)

    def receive(self, record: Any, invite: bytes, device: bytes) -> None:
        CalleeHandshake.respond(BOB, invite, SystemEntropy())
        record.leg = SimpleNamespace(device=device, state=State.WAIT_OFFER)
        self.records[record.id] = record

    def end(self, record: Any, reason: EndReason) -> None:
        assert reason is EndReason.HANDSHAKE_FAILED
        self.ended.append(record.id)

    # Postbox

    def acknowledge(self, message: Deliver) -> None:
        self.acknowledged.append(message)

    def send(self, call: bytes, account: str, device: bytes, payload: bytes, **_: float) -> None:
        self.sent.append(payload)

    # The test's side

    def gives_up(self, reason: EndReason) -> None:
        """Let a call end before anybody in it is proven."""
        record = SimpleNamespace(direction="incoming", proven=False)
        nobody: Any = None
        me: Any = self
        log = CallLog(nobody, nobody, self.limits, nobody, nobody, nobody, me, nobody)
        log.over(record, reason, nobody)  # pyright: ignore[reportArgumentType]

    @property
    def answered(self) -> int:
        return sum(record.direction == "incoming" for record in self.records.values())

    def everybody_gives_up(self) -> None:
        for record in self.records.values():
            record.leg.state = State.ENDED


@pytest.fixture
def here() -> Here:
    return Here()


@pytest.fixture
def front(here: Here, monkeypatch: pytest.MonkeyPatch) -> IncomingCalls:
    monkeypatch.setattr(incoming, "time", SimpleNamespace(monotonic=lambda: here.now))
    monkeypatch.setattr(call_log, "time", incoming.time)
    monkeypatch.setattr(incoming, "on_invite", lambda *_: here.crosses)
    monkeypatch.setattr(callers, "time", incoming.time)
    of_whom = callers.Callers(here, here, here, here)  # pyright: ignore[reportArgumentType]
    return IncomingCalls(here, here, here, of_whom, here.limits, here, here, here, here, here)  # pyright: ignore[reportArgumentType]


def invite(number: int, account: str, *, from_account: str = "") -> Deliver:
    """Return an invite to Bob as the service delivers it; nothing follows it."""
    caller = reference.Person(account, DEVICE, b"\x11" * 32, b"\x12" * 32)
    call_id = number.to_bytes(16, "big")
    handshake = CallerHandshake(
        local(caller),
        to_account=AccountId(reference.BOB.account),
        to_device=reference.BOB.device_id,
        call_id=call_id,
        leg=0,
        entropy=SystemEntropy(),
    )
    return Deliver(call_id.hex(), 0, from_account or account, DEVICE.hex(), handshake.invite)


def test_a_hundred_abandoned_invites_leave_few_half_open_and_none_rings(
    here: Here, front: IncomingCalls
) -> None:
    for number in range(100):
        front.deliver(invite(number, f"mallory{number}@{HERE}"))

    assert here.answered == MOST_HALF_OPEN - KEPT_FOR_KNOWN
    assert {record.leg.state for record in here.records.values()} == {State.WAIT_OFFER}
    assert len(here.acknowledged) == here.answered


def test_all_together_get_so_many_answers_a_minute_and_some_are_kept_for_the_known(
    here: Here, front: IncomingCalls
) -> None:
    for number in range(50):
        front.deliver(invite(number, f"mallory{number}@{HERE}"))
        here.everybody_gives_up()
    assert here.answered == MOST_A_MINUTE - KEPT_FOR_KNOWN

    for number in range(50, 100):
        here.contacts.add(AccountId(f"friend{number}@{HERE}"))
        front.deliver(invite(number, f"friend{number}@{HERE}"))
        here.everybody_gives_up()
    assert here.answered == MOST_A_MINUTE

    here.now += MINUTE + 1
    front.deliver(invite(100, f"ada@{HERE}"))
    assert here.answered == MOST_A_MINUTE + 1


def test_one_account_gets_so_many_answers_a_minute_and_leaves_some_for_others(
    here: Here, front: IncomingCalls
) -> None:
    for number in range(20):
        front.deliver(invite(number, f"mallory@{HERE}"))
        here.everybody_gives_up()
    assert here.answered == MOST_A_MINUTE_OF_ONE

    front.deliver(invite(20, f"ada@{HERE}"))
    assert here.answered == MOST_A_MINUTE_OF_ONE + 1


def test_half_of_the_places_are_left_to_those_who_are_known(
    here: Here, front: IncomingCalls
) -> None:
    here.contacts.add(AccountId(f"ada@{HERE}"))
    here.contacts.observe(AccountId(f"cleo@{HERE}"), b"\x01" * 32, 0, 1.0)
    for number in range(40):
        front.deliver(invite(number, f"mallory{number}@{HERE}"))
    before = here.answered
    front.deliver(invite(41, f"ada@{HERE}"))
    front.deliver(invite(42, f"cleo@{HERE}"))
    assert here.answered == before + 2


def test_an_invite_of_a_call_that_is_over_is_not_answered_again(
    here: Here, front: IncomingCalls
) -> None:
    front.deliver(invite(1, f"ada@{HERE}"))
    here.records.clear()
    here.now += 10 * MINUTE
    front.deliver(invite(1, f"ada@{HERE}"))
    assert here.answered == 0


def test_an_invite_that_crosses_the_own_call_may_get_silence(
    here: Here, front: IncomingCalls
) -> None:
    here.crosses = OnInvite.IGNORE
    front.deliver(invite(1, f"ada@{HERE}"))
    assert (here.answered, here.sent, len(here.acknowledged)) == (0, [], 1)


def test_an_invite_under_the_id_of_the_own_call_is_told_that_there_is_none(
    here: Here, front: IncomingCalls
) -> None:
    here.crosses, own_id = OnInvite.END_BOTH, (1).to_bytes(16, "big")
    here.records[own_id] = here.state(own_id, AccountId(f"ada@{HERE}"), "outgoing")
    front.deliver(invite(1, f"ada@{HERE}"))
    assert (here.answered, here.ended) == (0, [own_id])
    assert [peek(payload).type for payload in here.sent] == [MessageType.ABORT]


def test_a_few_invites_that_led_to_nothing_are_one_line(here: Here, front: IncomingCalls) -> None:
    for number in range(100):
        front.deliver(invite(number, f"mallory{number}@{HERE}"))
    for _ in range(here.answered):
        here.gives_up(EndReason.CANCELLED)
    assert here.answered > ABANDONED_TOLD_AT
    assert here.notices == ["R_ABANDONED"]


def test_whoever_was_proven_with_another_key_is_not_counted_as_nobody(
    here: Here, front: IncomingCalls
) -> None:
    for _ in range(10):
        here.gives_up(EndReason.KEY_CHANGED)
    assert here.notices == []


def test_what_strangers_try_is_told_once_an_hour_and_of_a_few(
    here: Here, front: IncomingCalls
) -> None:
    for number in range(3 * MOST_STRANGERS_TOLD):
        front.deliver(invite(number, f"mallory{number % 20}@{ELSEWHERE}"))
    assert here.notices == ["R_UNKNOWN"] * MOST_STRANGERS_TOLD
    here.now += TOLD_EVERY
    front.deliver(invite(1000, f"mallory0@{ELSEWHERE}"))
    assert len(here.notices) == MOST_STRANGERS_TOLD + 1


def test_refusals_are_sent_each_time_and_told_once(here: Here, front: IncomingCalls) -> None:
    here.own = own(AccountSetting.OFF)
    for number in range(3):
        front.deliver(invite(number, f"ada@{HERE}"))
    assert len(here.sent) == 3
    assert here.notices == ["R_NO_STANDARD"]


def test_one_account_has_one_half_open_call(here: Here, front: IncomingCalls) -> None:
    front.deliver(invite(1, f"mallory@{HERE}"))
    front.deliver(invite(2, f"mallory@{HERE}"))
    assert here.answered == 1


def test_refusals_count_as_answers(here: Here, front: IncomingCalls) -> None:
    here.own = own(AccountSetting.OFF)
    for number in range(20):
        front.deliver(invite(number, f"mallory@{HERE}"))
    assert [peek(payload).type for payload in here.sent] == [
        MessageType.REFUSE
    ] * MOST_A_MINUTE_OF_ONE
    assert here.answered == 0


def test_strangers_from_elsewhere_get_silence_and_leave_a_line(
    here: Here, front: IncomingCalls
) -> None:
    front.deliver(invite(1, f"mallory@{ELSEWHERE}"))
    assert (here.answered, here.sent, here.notices) == (0, [], ["R_UNKNOWN"])

    here.answers_invites_of = "anyone"
    front.deliver(invite(2, f"mallory@{ELSEWHERE}"))
    assert here.answered == 1


@pytest.mark.parametrize("whom", ["contacts", "organisation", "anyone"])
def test_who_is_blocked_gets_silence(here: Here, front: IncomingCalls, whom: str) -> None:
    here.answers_invites_of = whom
    here.contacts.block(AccountId(f"mallory@{HERE}"), on=True)
    front.deliver(invite(1, f"mallory@{HERE}"))
    assert (here.answered, here.sent, here.notices, here.acknowledged) == (0, [], [], [])


def test_who_is_blocked_is_heard_in_the_call_that_is_on_and_in_no_other(
    here: Here, front: IncomingCalls
) -> None:
    front.deliver(invite(1, f"mallory@{HERE}"))
    heard: list[bytes] = []
    (record,) = here.records.values()
    here.runners[record.id] = SimpleNamespace(
        leg_with=lambda *_: "leg", message=lambda _, payload: heard.append(payload)
    )
    here.contacts.block(AccountId(f"mallory@{HERE}"), on=True)
    for number in (1, 2):
        front.deliver(invite(number, f"mallory@{HERE}"))
    assert (len(heard), len(here.acknowledged)) == (1, 2)


def test_an_invite_in_another_s_name_is_dropped(here: Here, front: IncomingCalls) -> None:
    front.deliver(invite(1, f"ada@{HERE}", from_account=f"mallory@{HERE}"))
    assert (here.answered, here.sent, here.notices, here.acknowledged) == (0, [], [], [])


def test_an_invite_that_found_no_place_is_sent_again_and_gets_one(
    here: Here, front: IncomingCalls
) -> None:
    for number in range(MOST_HALF_OPEN):
        front.deliver(invite(number, f"mallory{number}@{HERE}"))
    late = invite(100, f"ada@{HERE}")
    front.deliver(late)
    assert late not in here.acknowledged
    here.everybody_gives_up()
    front.deliver(late)
    assert late in here.acknowledged
    assert here.records[bytes.fromhex(late.call)]


def test_a_locked_engine_answers_nobody_until_it_is_unlocked(
    here: Here, front: IncomingCalls
) -> None:
    here.ready = False
    front.deliver(invite(1, f"ada@{HERE}"))
    assert (here.answered, here.sent, here.acknowledged) == (0, [], [])
    here.ready = True
    front.deliver(invite(1, f"ada@{HERE}"))
    assert (here.answered, len(here.acknowledged)) == (1, 1)


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\xff" * 1415, bytes(1415)])
def test_what_is_no_message_is_not_even_acknowledged(
    here: Here, front: IncomingCalls, payload: bytes
) -> None:
    front.deliver(Deliver(bytes(16).hex(), 0, f"ada@{HERE}", DEVICE.hex(), payload))
    assert (here.answered, here.acknowledged) == (0, [])
