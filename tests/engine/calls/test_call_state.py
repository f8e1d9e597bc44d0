"""What an engine keeps and shows of one call."""

from tui_call.engine.calls.call_state import MOST_EVENTS_OF_A_KIND, MOST_NOTES_OF_A_SIDE, CallState
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.identifiers import AccountId
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.policies import Authority, DecidedBy
from tui_call.sentences import sentence
from tui_call.signaling.standard_calls import CallChanged, CallMember

ENCRYPTION = OwnEncryption("ON_SELF", (), DecidedBy(Authority.SETTING), None, None)


def record_of_a_call() -> CallState:
    return CallState(
        bytes(16), AccountId("ben@home"), "Ben", "outgoing", ENCRYPTION, iter(range(2_200)).__next__
    )


def test_what_a_peer_does_often_pushes_nothing_else_out() -> None:
    record = record_of_a_call()
    record.tell(sentence("G_KEYS_AGREED", "caller", peer="Ben"))
    record.note("mine", mine=True)
    for number in range(1000):
        record.tell(sentence("G_PEER_MUTED" if number % 2 else "G_PEER_OPEN", peer="Ben"))
        record.note(str(number), mine=False)
    assert record.events[0].sentence.code == "G_KEYS_AGREED"
    assert (record.began, record.events[0].at, record.notes[0].at) == (0, 1, 2)
    assert len(record.events) == 1 + 2 * MOST_EVENTS_OF_A_KIND
    assert [note.text for note in record.notes if note.mine] == ["mine"]
    assert [note.text for note in record.notes][1:] == [
        str(number) for number in range(1000 - MOST_NOTES_OF_A_SIDE, 1000)
    ]


def test_of_several_who_write_who_writes_most_makes_room() -> None:
    record = record_of_a_call()
    record.note("at eight", mine=False, by="Cleo")
    for number in range(2 * MOST_NOTES_OF_A_SIDE):
        record.note(str(number), mine=False, by="Ben")
    assert [record.notes[0].text, record.notes[-1].by] == ["at eight", "Ben"]
    assert len(record.notes) == MOST_NOTES_OF_A_SIDE


def test_who_left_e2ee_is_not_heard_before_both_are_in_the_standard_call() -> None:
    record, instances = record_of_a_call(), ("1" * 32, "2" * 32)
    record.standard = StandardFacts("ada@home", "d" * 32, instances[0], silent=True)
    record.standard.connected = True
    heard: list[bool] = []
    for number, state in enumerate(("joining", "talking")):
        members = (
            CallMember(1, "ada@home", "Ada", "talking", instance=instances[0]),
            CallMember(2, "ben@home", "Ben", state, instance=instances[1]),
        )
        record.standard.told = CallChanged("c" * 32, number, members)
        heard.append(not record.held)
    assert heard == [False, True]
