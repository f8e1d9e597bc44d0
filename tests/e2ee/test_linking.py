"""Linking a device: bytes by a second implementation, every lie, and what a link is good for."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ScriptedEntropy
from tui_call.e2ee.credentials import Credential, issue_credential
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.linking import Applicant, Declined, Linked, Newcomer, OpenLink
from tui_call.e2ee.own_devices import MESSAGE_BYTES, OwnHeader, OwnMessage, Pair, seal_own
from tui_call.identifiers import AccountId

WALL = 1_000_000.0
SECRET = bytes(range(32))
HOLDER, DEVICE = b"\x0a" * 16, b"\x0b" * 16
ADA = AccountId(reference.ADA.account)
PAIR = Pair(ADA, HOLDER, DEVICE)
CONTEXT = reference.ADA.account.encode().ljust(64, b"\0") + HOLDER + DEVICE
IK = reference.ed25519(reference.ADA.identity_seed)
DK_SEED = b"\x77" * 32
DK = reference.ed25519(DK_SEED)
DEADLINE = 600.0
SMALL_ORDER = bytes(31) + b"\x00"


def entropy(byte: int) -> ScriptedEntropy:
    return ScriptedEntropy(bytes([byte]) * 32)


def newcomer(name: str = "laptop", pair: Pair = PAIR, secret: bytes = SECRET) -> Newcomer:
    return Newcomer(secret, pair, DK, name, entropy(1))


def open_link(account: AccountId = ADA) -> OpenLink:
    return OpenLink(SECRET, account, HOLDER, DEADLINE)


def credential(**changes: object) -> Credential:
    fields = {
        "device_key": DK.public_key().public_bytes_raw(),
        "device_id": DEVICE,
        "epoch": 3,
        "not_before": int(WALL),
        "not_after": int(WALL) + 86_400,
        "account_id": ADA,
        **changes,
    }
    return issue_credential(IK, **fields)  # type: ignore[arg-type]


def failure(kind: FailureKind, call, *arguments) -> None:
    with pytest.raises(ProtocolFailure) as caught:
        call(*arguments)
    assert caught.value.kind is kind


def hello_content(key: bytes, name: bytes, signature: bytes | None = None) -> bytes:
    header = OwnHeader(OwnMessage.LINK_HELLO, newcomer().thread, b"\x01" * 32).encode()
    hashed = reference.lh("link hello", header, CONTEXT, key, name)
    signed = DK.sign(reference.P + b" link hello\0" + hashed)
    return key + (signature or signed) + name


def sealed_hello(content: bytes) -> bytes:
    header = OwnHeader(OwnMessage.LINK_HELLO, newcomer().thread, b"\x01" * 32)
    return seal_own(SECRET, header, CONTEXT, content)


# The ordinary course


def test_a_device_is_linked_and_both_hold_one_secret() -> None:
    new, link = newcomer("Ada's laptop"), open_link()
    assert not link.spent
    applicant = link.receive(new.hello, DEVICE, now=0)
    assert isinstance(applicant, Applicant)
    assert (applicant.pair, applicant.name) == (PAIR, "Ada's laptop")
    assert applicant.device_key == DK.public_key().public_bytes_raw()
    linked = new.receive(link.answer(credential(), entropy(2)), WALL)
    assert isinstance(linked, Linked)
    assert linked.credential == credential()
    assert linked.secret == applicant.secret
    assert len(new.hello) == len(link.stored_answer) == MESSAGE_BYTES == 322


def test_every_byte_is_that_of_the_specification() -> None:
    """A second implementation, from docs/protocol.md."""
    new, link = newcomer(), open_link()
    thread = reference.ex(SECRET, "link id", b"", 16)
    head = b"\x01\x20" + thread + b"\x01" * 32
    key = DK.public_key().public_bytes_raw()
    signature = DK.sign(
        reference.P + b" link hello\0" + reference.lh("link hello", head, CONTEXT, key, b"laptop")
    )
    content = reference.padded(key + signature + b"laptop", 256)
    sealing = AESGCM(reference.ex(SECRET, "link hello", head + CONTEXT))
    assert new.hello == head + sealing.encrypt(bytes(12), content, head)

    link.receive(new.hello, DEVICE, now=0)
    answered = CONTEXT + reference.sha(new.hello)
    head = b"\x01\x21" + thread + b"\x02" * 32
    content = reference.padded(b"\x00" + credential().encode(), 256)
    sealing = AESGCM(reference.ex(SECRET, "link answer", head + answered))
    answer = link.answer(credential(), entropy(2))
    assert answer == head + sealing.encrypt(bytes(12), content, head)
    linked = new.receive(answer, WALL)
    assert isinstance(linked, Linked)
    assert linked.secret == reference.ex(SECRET, "link pair", answered)


@pytest.mark.parametrize("reason", list(Declined))
def test_a_holder_may_decline_and_the_device_learns_why(reason: Declined) -> None:
    new, link = newcomer(), open_link()
    link.receive(new.hello, DEVICE, now=0)
    assert new.receive(link.answer(reason, entropy(2)), WALL) is reason


def test_after_its_time_a_link_declines_and_is_spent() -> None:
    new, link = newcomer(), open_link()
    assert link.receive(new.hello, DEVICE, now=DEADLINE) is Declined.EXPIRED
    assert link.spent
    assert new.receive(link.answer(Declined.EXPIRED, entropy(2)), WALL) is Declined.EXPIRED


def test_a_link_serves_once_and_a_duplicate_gets_the_stored_answer() -> None:
    first, second = newcomer(), newcomer(pair=replace(PAIR, device=b"\x0c" * 16))
    link = open_link()
    link.receive(first.hello, DEVICE, now=0)
    failure(FailureKind.DUPLICATE, link.receive, first.hello, DEVICE, 0)
    assert link.stored_answer == b""
    answer = link.answer(credential(), entropy(2))
    failure(FailureKind.DUPLICATE, link.receive, first.hello, DEVICE, 0)
    assert link.stored_answer == answer
    failure(FailureKind.CONFLICTING, link.receive, second.hello, b"\x0c" * 16, 0)
    with pytest.raises(AssertionError):
        link.answer(credential(), entropy(3))


@pytest.mark.seals_again("the nonces are scripted")
def test_a_long_name_is_cut_between_letters() -> None:
    link = open_link()
    applicant = link.receive(newcomer("ä" * 100).hello, DEVICE, now=0)
    assert isinstance(applicant, Applicant)
    assert applicant.name == "ä" * 64
    applicant = open_link().receive(newcomer("x" + "ä" * 100).hello, DEVICE, now=0)
    assert isinstance(applicant, Applicant)
    assert applicant.name == "x" + "ä" * 63


# Lies


def test_what_was_said_without_the_link_spends_nothing() -> None:
    link = open_link()
    stranger = newcomer(secret=b"\x55" * 32)
    failure(FailureKind.UNEXPECTED, link.receive, stranger.hello, DEVICE, 0)
    renamed = newcomer().hello[:2] + newcomer().thread + stranger.hello[18:]
    failure(FailureKind.AUTHENTICATION, link.receive, renamed, DEVICE, 0)
    assert not link.spent
    assert isinstance(link.receive(newcomer().hello, DEVICE, 0), Applicant)


def test_a_hello_holds_for_one_account_one_holder_and_one_device() -> None:
    hello = newcomer().hello
    failure(FailureKind.AUTHENTICATION, open_link().receive, hello, b"\x0c" * 16, 0)
    other = open_link(AccountId("eve@home-3fk2"))
    failure(FailureKind.AUTHENTICATION, other.receive, hello, DEVICE, 0)
    elsewhere = OpenLink(SECRET, ADA, b"\x0c" * 16, DEADLINE)
    failure(FailureKind.AUTHENTICATION, elsewhere.receive, hello, DEVICE, 0)


@given(st.integers(0, MESSAGE_BYTES * 8 - 1))
def test_a_turned_bit_anywhere_spends_no_link_and_gives_no_credential(bit: int) -> None:
    new, link = newcomer(), open_link()
    failure_kinds = (FailureKind.MALFORMED, FailureKind.UNEXPECTED, FailureKind.AUTHENTICATION)
    with pytest.raises(ProtocolFailure) as caught:
        link.receive(flipped(new.hello, bit), DEVICE, 0)
    assert caught.value.kind in failure_kinds
    assert not link.spent
    link.receive(new.hello, DEVICE, 0)
    answer = link.answer(credential(), entropy(2))
    with pytest.raises(ProtocolFailure) as caught:
        new.receive(flipped(answer, bit), WALL)
    assert caught.value.kind in failure_kinds
    assert isinstance(new.receive(answer, WALL), Linked)


def flipped(message: bytes, bit: int) -> bytes:
    changed = bytearray(message)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.seals_again("the nonces are scripted")
@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_a_protocol_failure(data: bytes) -> None:
    for receive in (
        lambda: open_link().receive(data, DEVICE, 0),
        lambda: newcomer().receive(data, WALL),
        lambda: open_link().receive(sealed_hello(data[:250]), DEVICE, 0),
    ):
        with pytest.raises(ProtocolFailure):
            receive()


@pytest.mark.seals_again("the nonces are scripted")
def test_a_device_key_has_to_be_usable_and_held() -> None:
    key = DK.public_key().public_bytes_raw()
    receive = open_link().receive
    small = sealed_hello(hello_content(SMALL_ORDER, b"x"))
    failure(FailureKind.CONTENT, receive, small, DEVICE, 0)
    borrowed = sealed_hello(hello_content(key, b"x", signature=bytes(64)))
    failure(FailureKind.AUTHENTICATION, receive, borrowed, DEVICE, 0)
    not_text = sealed_hello(hello_content(key, b"\xff"))
    failure(FailureKind.CONTENT, receive, not_text, DEVICE, 0)
    too_long = sealed_hello(hello_content(key, b"x" * 129))
    failure(FailureKind.CONTENT, receive, too_long, DEVICE, 0)
    assert isinstance(receive(sealed_hello(hello_content(key, b"x")), DEVICE, 0), Applicant)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"device_key": IK.public_key().public_bytes_raw()}, FailureKind.CREDENTIAL_INVALID),
        ({"device_id": b"\x0c" * 16}, FailureKind.CREDENTIAL_INVALID),
        ({"account_id": AccountId("eve@home-3fk2")}, FailureKind.CREDENTIAL_INVALID),
        ({"not_before": int(WALL) + 3600}, FailureKind.CREDENTIAL_EARLY),
        ({"not_after": int(WALL)}, FailureKind.CREDENTIAL_EXPIRED),
    ],
)
def test_a_credential_for_something_else_is_refused(
    changes: dict[str, object], kind: FailureKind
) -> None:
    if kind is FailureKind.CREDENTIAL_EXPIRED:
        changes = {**changes, "not_before": int(WALL) - 3600}
    new, link = newcomer(), open_link()
    link.receive(new.hello, DEVICE, 0)
    failure(kind, new.receive, link.answer(credential(**changes), entropy(2)), WALL)


@pytest.mark.parametrize("content", [b"", b"\x09", b"\x01\x01", b"\x00short"])
def test_an_answer_that_says_nothing_known_is_refused(content: bytes) -> None:
    new = newcomer()
    header = OwnHeader(OwnMessage.LINK_ANSWER, new.thread, b"\x02" * 32)
    answer = seal_own(SECRET, header, CONTEXT + reference.sha(new.hello), content)
    with pytest.raises(ProtocolFailure) as caught:
        new.receive(answer, WALL)
    assert caught.value.kind in (FailureKind.CONTENT, FailureKind.CREDENTIAL_INVALID)


def test_an_answer_to_another_hello_is_refused_and_a_hello_is_no_answer() -> None:
    first = newcomer()
    again = Newcomer(SECRET, PAIR, DK, "laptop", entropy(9))
    link = open_link()
    link.receive(first.hello, DEVICE, 0)
    answer = link.answer(credential(), entropy(2))
    failure(FailureKind.AUTHENTICATION, again.receive, answer, WALL)
    failure(FailureKind.UNEXPECTED, first.receive, first.hello, WALL)
    failure(FailureKind.UNEXPECTED, open_link().receive, answer, DEVICE, 0)


def test_the_service_alone_gets_no_credential() -> None:
    """It knows the code and the thread, and may enrol devices; it does not know the secret."""
    new, link = newcomer(), open_link()
    made_up = Newcomer(new.thread * 2, PAIR, DK, "laptop", entropy(1)).hello
    assert made_up[2:18] != new.thread
    forged = made_up[:2] + new.thread + made_up[18:]
    failure(FailureKind.AUTHENTICATION, link.receive, forged, DEVICE, 0)
    with pytest.raises(AssertionError):
        link.answer(credential(), entropy(2))


def test_no_secret_is_printed() -> None:
    link = open_link()
    applicant = link.receive(newcomer().hello, DEVICE, 0)
    assert isinstance(applicant, Applicant)
    linked = Linked(credential(), applicant.secret)
    assert repr(applicant.secret)[2:10] not in repr(applicant) + repr(linked)


def test_a_credential_that_the_account_key_did_not_sign_is_refused() -> None:
    eve = reference.public(b"\x99" * 32)
    new, link = newcomer(), open_link()
    link.receive(new.hello, DEVICE, 0)
    answer = link.answer(replace(credential(), identity_key=eve), entropy(2))
    failure(FailureKind.CREDENTIAL_INVALID, new.receive, answer, WALL)
