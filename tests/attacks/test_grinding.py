"""A code of eight bits, and somebody in the middle who searches for one that agrees.

Mallory has answered Ada's call as Bob, so Ada's code stands. She calls Bob as Ada, and when Bob's
answer is there she searches: for a nonce, an offer or an identity to reveal with which Bob's code
is the same. Against the protocol that is no better than a guess. Against each of three weaker ones,
put together here from the parts of the real one, it succeeds every time.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import count, islice

import pytest

from tests.calls.two_devices import SeededEntropy
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, BOB, FALSE_BOB, MALLORY, SDP, WALL, local
from tui_call.e2ee import key_schedule
from tui_call.e2ee.credentials import issue_credential
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.errors import FailureKind, ProtocolFailure
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake
from tui_call.e2ee.key_schedule import Agreement, Response, Revelation
from tui_call.e2ee.messages import Invite, MessageHeader, MessageType
from tui_call.e2ee.sealed_parts import seal_offer
from tui_call.e2ee.security_code import security_code
from tui_call.identifiers import AccountId

BITS = 8
TRIES = 200
# With one chance in 256 a try, more than this is less likely than one in ten million.
MOST_BY_CHANCE = 9
USELESS = 64
FALSE_ADA = reference.Person(
    reference.ADA.account, reference.ADA.device_id, MALLORY.identity_seed, MALLORY.device_seed
)


def toy(secret: bytes) -> int:
    """Return a code of eight bits of what makes the real code: the last of its digits' number."""
    return int.from_bytes(secret[:16], "big") % 2**BITS


def test_the_toy_is_a_part_of_the_real_code() -> None:
    secret = bytes(range(7, 39))
    assert int(security_code(secret).digits.replace(" ", "")) % 2**BITS == toy(secret)


# The protocol, and three that are not it


class Protocol:
    """The real one: its machines, and its code."""

    callee = CalleeHandshake

    @staticmethod
    def code(agreed: Agreement, response: Response, revealed: Revelation) -> bytes:
        return key_schedule.code_secret(agreed, response, revealed)

    @staticmethod
    def commitment(
        call_id: bytes, leg: int, nonce: bytes, credential: bytes, *keys: bytes
    ) -> bytes:
        return key_schedule.commitment(call_id, leg, nonce, credential, *keys)


class TakesAnyRevelation(CalleeHandshake):
    def _check_caller(self, credential: object, revealed: Revelation) -> None:
        pass


class WithoutCommitment(Protocol):
    """Whatever M3 reveals is taken."""

    callee = TakesAnyRevelation


class CodeCoversTheOffer(Protocol):
    """The code also covers the session description."""

    @staticmethod
    def code(agreed: Agreement, response: Response, revealed: Revelation) -> bytes:
        real = key_schedule.code_secret(agreed, response, revealed)
        covered = key_schedule.labelled_hash("sas", real, revealed.description)
        return key_schedule.expand(agreed.secret, "sas", covered)


class CommitmentToNobody(Protocol):
    """The commitment holds the nonce and the keys, and not who calls."""

    @staticmethod
    def commitment(
        call_id: bytes, leg: int, nonce: bytes, credential: bytes, *keys: bytes
    ) -> bytes:
        return key_schedule.commitment(call_id, leg, nonce, credential[:0], *keys)


class ChecksNoIdentity(CalleeHandshake):
    def _check_caller(self, credential: object, revealed: Revelation) -> None:
        invite = self._invite
        committed = CommitmentToNobody.commitment(
            self.call_id, self.leg, revealed.nonce, revealed.credential,
            invite.agreement_key, invite.encapsulation_key,
        )  # fmt: skip
        if committed != invite.commitment:
            raise ProtocolFailure(FailureKind.COMMITMENT)


CommitmentToNobody.callee = ChecksNoIdentity


# Mallory


class Mallory(CallerHandshake):
    """Calls Bob as Ada, in one of the protocols, and reveals what she likes."""

    def __init__(self, protocol: type[Protocol], entropy: Entropy) -> None:
        self.protocol = protocol
        super().__init__(
            local(FALSE_ADA),
            to_account=AccountId(reference.BOB.account),
            to_device=reference.BOB.device_id,
            call_id=reference.CALL_ID,
            leg=reference.LEG,
            entropy=entropy,
        )

    def _make_invite(self, to_account: AccountId, to_device: bytes) -> Invite:
        invite = super()._make_invite(to_account, to_device)
        committed = self.protocol.commitment(
            self.call_id, self.leg, self._nonce, self._identity.credential.encode(),
            invite.agreement_key, invite.encapsulation_key,
        )  # fmt: skip
        return replace(invite, commitment=committed)

    def committed(self) -> Revelation:
        return Revelation(
            self._nonce, self._identity.credential.encode(), reference.CAPS, SDP.encode()
        )

    def find(self, candidates: Iterator[Revelation], wanted: int) -> Revelation:
        """Return what gives Bob the wanted code; give up where nothing changes it."""
        seen: set[int] = set()
        for number, revealed in enumerate(candidates, 1):
            code = toy(self.protocol.code(self._agreed, self._response, revealed))
            seen.add(code)
            if code == wanted or (number > USELESS and len(seen) == 1):
                return revealed
        raise AssertionError("an endless search ended")

    def reveal(self, revealed: Revelation) -> bytes:
        transcript = key_schedule.offer_transcript(self._agreed, self._response, revealed)
        signature = self._identity.device_private.sign(key_schedule.offer_statement(transcript))
        header = MessageHeader(MessageType.M3, self.call_id, self.leg)
        return seal_offer(header, self._agreed, revealed, signature)


Search = Callable[[Revelation], Iterator[Revelation]]


def other_nonces(revealed: Revelation) -> Iterator[Revelation]:
    return (replace(revealed, nonce=number.to_bytes(32, "big")) for number in count())


def other_offers(revealed: Revelation) -> Iterator[Revelation]:
    for number in count():
        yield replace(revealed, description=SDP.encode() + b"a=x:%d\r\n" % number)


def other_identities(revealed: Revelation) -> Iterator[Revelation]:
    return (replace(revealed, credential=false_credential(epoch)) for epoch in count())


@cache
def false_credential(epoch: int) -> bytes:
    """Return one of the identities that Mallory can make for Ada's account: a signature each."""
    own = local(FALSE_ADA).credential
    return issue_credential(
        reference.ed25519(FALSE_ADA.identity_seed),
        device_key=own.device_key,
        device_id=own.device_id,
        epoch=epoch,
        not_before=own.not_before,
        not_after=own.not_after,
        account_id=own.account_id,
    ).encode()


# The attack


def code_of_ada(protocol: type[Protocol]) -> int:
    """Let Mallory take Ada's call as Bob; return Ada's code, which stands from then on."""
    ada = CallerHandshake(
        ADA,
        to_account=AccountId(reference.BOB.account),
        to_device=reference.BOB.device_id,
        call_id=reference.CALL_ID,
        leg=reference.LEG,
        entropy=SeededEntropy(0),
    )
    as_bob = CalleeHandshake.respond(local(FALSE_BOB), ada.invite, SeededEntropy(1))
    ada.receive_respond(as_bob.respond_message, WALL)
    agreed, response = ada._agreed, ada._response
    revealed = Revelation(ada._nonce, ADA.credential.encode(), reference.CAPS, SDP.encode())
    code = protocol.code(agreed, response, revealed)
    as_bob.receive_offer(ada.offer(SDP.encode()), WALL)
    if protocol is Protocol:
        assert code == ada.session.security_code_secret == as_bob.session.security_code_secret
    return toy(code)


def attack(protocol: type[Protocol], search: Search, wanted: int, seed: int) -> bool:
    """Tell whether Bob takes the call, and has Ada's code."""
    mallory = Mallory(protocol, SeededEntropy(seed))
    bob = protocol.callee.respond(BOB, mallory.invite, SeededEntropy(seed + 1))
    mallory.receive_respond(bob.respond_message, WALL)
    agreed, response = mallory._agreed, mallory._response
    committed = mallory.committed()
    # what she committed to may do by chance; if not, she searches
    candidates = (entry for source in ([committed], search(committed)) for entry in source)
    revealed = mallory.find(candidates, wanted)
    try:
        bob.receive_offer(mallory.reveal(revealed), WALL)
    except ProtocolFailure:
        return False
    code = protocol.code(agreed, response, revealed)
    if protocol.code is Protocol.code:
        assert code == bob.session.security_code_secret
    return toy(code) == wanted


ATTACKS: list[tuple[type[Protocol], Search]] = [
    (WithoutCommitment, other_nonces),
    (CodeCoversTheOffer, other_offers),
    (CommitmentToNobody, other_identities),
]
NAMES = ["no commitment", "the code covers the offer", "the commitment leaves out who calls"]


@pytest.mark.parametrize(("weaker", "search"), ATTACKS, ids=NAMES)
def test_a_weaker_protocol_is_broken_every_time(weaker: type[Protocol], search: Search) -> None:
    wanted = code_of_ada(weaker)
    assert all(attack(weaker, search, wanted, seed) for seed in range(100, 120))


@pytest.mark.parametrize("search", [search for _, search in ATTACKS], ids=NAMES)
def test_the_same_search_is_a_guess_against_the_real_protocol(search: Search) -> None:
    wanted = code_of_ada(Protocol)
    won = sum(attack(Protocol, search, wanted, seed) for seed in range(100, 100 + TRIES))
    assert won <= MOST_BY_CHANCE


def test_the_search_finds_what_it_looks_for() -> None:
    """Of the candidates one in 256 has the code, whatever it is: nothing else protects Bob."""
    mallory = Mallory(Protocol, SeededEntropy(7))
    bob = CalleeHandshake.respond(BOB, mallory.invite, SeededEntropy(8))
    mallory.receive_respond(bob.respond_message, WALL)
    codes = {
        toy(key_schedule.code_secret(mallory._agreed, mallory._response, revealed))
        for revealed in islice(other_nonces(mallory.committed()), 4096)
    }
    assert len(codes) == 2**BITS
