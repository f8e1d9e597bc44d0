"""What administrators ask and get: carried unread through a frame, and read at its ends."""

import msgspec
import pytest

from tui_call.signaling import messages
from tui_call.signaling.administration import (
    MOST_BODY,
    MOST_OPERATIONS,
    Change,
    ExtendDraft,
    FindPeople,
    Request,
    decode,
    encode,
)
from tui_call.signaling.administration_answers import (
    Answer,
    ChangeOutcome,
    NotDone,
    PeopleFound,
    Problem,
    answer_of,
    encode_answer,
)
from tui_call.signaling.administration_rows import (
    ChangedRow,
    PersonRow,
)
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    Administer,
    Administered,
    MalformedMessage,
    decode_client,
    decode_service,
)
from tui_call.signaling.operations import (
    AddPerson,
    GrantPolicy,
    NewPolicy,
    PutPerson,
)
from tui_call.signaling.policies import Epoch

REQUESTS: tuple[Request, ...] = (
    Change(
        operations=(
            NewPolicy(name="finance-e2ee", kind="encryption", terms={"e2ee_calls": "user_choice"}),
            GrantPolicy(policy="finance-e2ee", to="group", subject="finance", rank=1),
        ),
        what_if=True,
        expected_epoch=Epoch(0, 13),
    ),
    ExtendDraft(draft="d1", operations=(PutPerson(address="clerk", groups=("finance",)),)),
    FindPeople(text="cl", most=5),
)
ANSWERS: tuple[Answer, ...] = (
    ChangeOutcome(
        change=14,
        epoch=Epoch(0, 14),
        rows=(ChangedRow("policy", "finance-e2ee", None, {"e2ee_calls": "user_choice"}),),
        all_rows=1,
    ),
    NotDone(why="input", problems=(Problem("A_RANK", "A rank is 1 or more.", 1),), all_problems=1),
    PeopleFound(people=(PersonRow("clerk@acme", "Clerk", "member"),), all=1),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_a_request_comes_out_of_its_frame_as_it_was_put_in(request_: Request) -> None:
    message = decode_client(messages.encode(Administer(7, encode(request_))))
    assert isinstance(message, Administer)
    assert (message.request, decode(message.body)) == (7, request_)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_an_answer_comes_out_of_its_frame_as_it_was_put_in(answer: Answer) -> None:
    message = decode_service(messages.encode(Administered(7, encode_answer(answer))))
    assert isinstance(message, Administered)
    assert (message.request, answer_of(msgspec.json.decode(message.body))) == (7, answer)


def test_the_longest_body_fits_a_frame_and_a_longer_one_is_refused() -> None:
    def long(count: int) -> bytes:
        return bytes(encode(FindPeople())).replace(b'"text":""', b'"of":"' + b"x" * count + b'"')

    length = len(long(0))
    body = long(MOST_BODY - length)
    frame = messages.encode(Administer(2**53, msgspec.Raw(body)))
    assert len(frame) <= MESSAGE_BYTES
    assert decode(body) == FindPeople()
    with pytest.raises(MalformedMessage):
        decode(long(MOST_BODY - length + 1))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"change"',
        b"{}",
        b'{"ask":"own_everything"}',
        b'{"ask":"change","operations":[{"do":"own_everything"}]}',
        b'{"ask":"change","operations":[{"do":"add_person"}]}',
        b'{"ask":"change","operations":[{"do":"grant_policy","policy":"p","to":"all"}]}',
        b'{"ask":"explain","account":7}',
        b'{"ask":"explain","account":"\xff"}',
        b'{"ask":"explain","account":"' + b"a" * 257 + b'"}',
        b'{"ask":"find_people","of":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"ask":"change","operations":[' + b",".join(
            [bytes(msgspec.json.encode(AddPerson(address="a")))] * (MOST_OPERATIONS + 1)
        ) + b"]}",
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)  # fmt: skip
def test_what_is_no_request_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode(body)


def test_a_body_that_is_no_json_makes_no_frame_readable() -> None:
    frame = messages.encode(Administer(1, encode(FindPeople())))
    with pytest.raises(MalformedMessage):
        decode_client(frame.replace('{"ask"', "{ask"))
