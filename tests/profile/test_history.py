"""Past calls: newest first, bounded, missed ones until they are looked at."""

import msgspec
import pytest

from tui_call.identifiers import AccountId
from tui_call.profile.history import MOST_CALLS, History, PastCall, PastMember

BOB, EVE = AccountId("bob@home-3fk2"), AccountId("eve@home-3fk2")


def missed(at: float, account: AccountId = BOB) -> PastCall:
    return PastCall(at, "missed", 0, "R_CANCELLED", (PastMember(account, "Bob"),), unseen=True)


def test_the_newest_comes_first_wherever_it_is_added() -> None:
    history = History()
    for at in (20.0, 30.0, 10.0):
        history.add(missed(at))
    history.add(PastCall(40.0, "outgoing", 9.5, "G_ENDED", (PastMember(EVE, "Eve"),)))
    assert [call.at for call in history.calls] == [40, 30, 20, 10]
    assert (history.last_call(BOB), history.last_call(EVE)) == (30, 40)
    assert history.last_call(AccountId("ada@home-3fk2")) == 0


def test_missed_calls_count_until_seen() -> None:
    history = History()
    for at in (1.0, 2.0):
        history.add(missed(at))
    history.add(missed(3.0, EVE))
    assert (history.unseen_missed(BOB), history.unseen_missed(EVE)) == (2, 1)
    history.mark_missed_seen()
    assert history.unseen_missed(BOB) == 0
    assert len(history.calls) == 3


def test_a_call_from_before_there_could_be_more_members_is_read() -> None:
    before = {
        "at": 9.0, "account": BOB, "name": "Bob", "direction": "missed", "seconds": 0,
        "end_reason": "R_CANCELLED", "unseen": True, "by_peer": False,
    }  # fmt: skip
    (call,) = msgspec.msgpack.decode(msgspec.msgpack.encode((before,)), type=tuple[PastCall, ...])
    assert call == missed(9.0)
    written = msgspec.msgpack.encode(call)
    assert "account" not in msgspec.msgpack.decode(written)
    assert msgspec.msgpack.decode(written, type=PastCall) == call
    with pytest.raises(msgspec.ValidationError, match="nobody"):
        msgspec.msgpack.decode(msgspec.msgpack.encode(before | {"account": ""}), type=PastCall)


def test_the_oldest_go() -> None:
    history = History(tuple(missed(float(at)) for at in range(MOST_CALLS, 0, -1)))
    history.add(missed(5000.0))
    assert len(history.calls) == MOST_CALLS
    assert (history.calls[0].at, history.calls[-1].at) == (5000, 2)
