"""A code of four bits, and somebody in the middle who searches among her keys.

Mallory may also choose what goes into the key agreement. As Bob she answers Ada last, and can make
ciphertexts until Ada's code should be that of Bob; but Ada's nonce is not out yet, and without it
that is a guess. As Ada she speaks last, but her key for the encapsulation stands in M1, where Bob
has answered it. Where either is the other way round, she succeeds every time.
"""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

from tests.attacks.test_grinding import Mallory, Protocol
from tests.calls.two_devices import SeededEntropy
from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, BOB, FALSE_BOB, SDP, WALL, local
from tui_call.e2ee import key_schedule
from tui_call.e2ee.entropy import system_encapsulate
from tui_call.e2ee.errors import ProtocolFailure
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake
from tui_call.e2ee.key_schedule import Agreement, Response, Revelation
from tui_call.identifiers import AccountId

BITS = 4
TRIES = 200
# With one chance in 16 a try, more than this is less likely than one in ten million.
MOST_BY_CHANCE = 34


def toy(secret: bytes) -> int:
    """Return a code of four bits of what makes the real code."""
    return int.from_bytes(secret[:16], "big") % 2**BITS


def call_bob(seed: int) -> tuple[Mallory, CalleeHandshake]:
    """Let Mallory call Bob as Ada; his answer has arrived."""
    mallory = Mallory(Protocol, SeededEntropy(seed))
    bob = CalleeHandshake.respond(BOB, mallory.invite, SeededEntropy(seed + 1))
    mallory.receive_respond(bob.respond_message, WALL)
    return mallory, bob


def call_of_ada(seed: int) -> CallerHandshake:
    return CallerHandshake(
        ADA,
        to_account=AccountId(reference.BOB.account),
        to_device=reference.BOB.device_id,
        call_id=reference.CALL_ID,
        leg=reference.LEG,
        entropy=SeededEntropy(seed),
    )


# As Bob: ciphertexts


def answer_that_gives(code: int, ada: CallerHandshake, nonce: bytes) -> CalleeHandshake:
    """Search for an answer after which Ada's code is this one, if that is her nonce."""
    revealed = Revelation(nonce, ADA.credential.encode(), reference.CAPS, SDP.encode())
    while True:
        # The same keys and nonce each time; the ciphertext is another one.
        as_bob = CalleeHandshake.respond(local(FALSE_BOB), ada.invite, SeededEntropy(0))
        found = key_schedule.code_secret(as_bob._agreed, as_bob._response, revealed)
        if toy(found) == code:
            return as_bob


def won_as_bob(seed: int, nonce_of: Callable[[CallerHandshake], bytes]) -> bool:
    """Tell whether Ada gets the code that Bob has already."""
    mallory, bob = call_bob(seed)
    bob.receive_offer(mallory.reveal(mallory.committed()), WALL)
    code = toy(bob.session.security_code_secret)
    ada = call_of_ada(seed + 2)
    as_bob = answer_that_gives(code, ada, nonce_of(ada))
    ada.receive_respond(as_bob.respond_message, WALL)
    ada.offer(SDP.encode())
    return toy(ada.session.security_code_secret) == code


def test_where_the_caller_s_nonce_is_known_a_ciphertext_is_found_every_time() -> None:
    assert all(won_as_bob(seed, lambda ada: ada._nonce) for seed in range(100, 120))


def test_a_ciphertext_for_a_nonce_that_is_not_out_is_a_guess() -> None:
    won = sum(won_as_bob(seed, lambda _: bytes(32)) for seed in range(100, 100 + TRIES))
    assert won <= MOST_BY_CHANCE


# As Ada: a ciphertext after the answer, or another key


def turned_round(
    agreed: Agreement, response: Response, revealed: Revelation, kem_secret: bytes
) -> bytes:
    """Return the code where Bob's key is in M2, and the secret for it comes with M3."""
    mixed = key_schedule.extract(agreed.transcript, kem_secret, agreed.secret)
    return key_schedule.expand(mixed, "sas", key_schedule.code_secret(agreed, response, revealed))


@pytest.mark.parametrize("seed", range(100, 120))
def test_where_the_encapsulation_comes_last_it_gives_any_code(seed: int) -> None:
    mallory, bob = call_bob(seed)
    key_of_bob = MLKEM768PrivateKey.generate()
    shown = key_of_bob.public_key().public_bytes_raw()
    revealed, code = mallory.committed(), seed % 2**BITS
    ciphertext, found = b"", -1
    while found != code:
        ciphertext, secret = system_encapsulate(shown)
        found = toy(turned_round(mallory._agreed, mallory._response, revealed, secret))
    agreed, response = bob._agreed, bob._response
    bob.receive_offer(mallory.reveal(revealed), WALL)
    secret = key_of_bob.decapsulate(ciphertext)
    assert toy(turned_round(agreed, response, revealed, secret)) == code


def test_bob_s_answer_is_to_the_key_in_m1_and_opens_under_no_other() -> None:
    mallory, bob = call_bob(7)
    for seed in range(100, 150):
        other = Mallory(Protocol, SeededEntropy(seed))
        assert not bob.is_same_invite(other.invite)
        with pytest.raises(ProtocolFailure):
            other.receive_respond(bob.respond_message, WALL)
    bob.receive_offer(mallory.reveal(mallory.committed()), WALL)
