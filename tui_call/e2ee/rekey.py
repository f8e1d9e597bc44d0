"""Both halves of a rekey: fresh X25519 and ML-KEM-768 keys, agreed on the control channel.

What the two messages say goes into the next generation together with the secret of the last one,
so a rekey heals after a leak that was only read, and whoever has no live key cannot take part.
"""

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tui_call.e2ee import primitives
from tui_call.e2ee.control_messages import Rekey1, Rekey2, encode_control
from tui_call.e2ee.entropy import Entropy
from tui_call.e2ee.key_schedule import GenerationKeys
from tui_call.e2ee.session import Session


class RekeyRequest:
    """The caller's half, from REKEY1 to the REKEY2 that answers it.

    Attributes:
        message: REKEY1, to be sealed once.
    """

    def __init__(self, generation: int, entropy: Entropy) -> None:
        """Make fresh keys: X25519 key 32 and ML-KEM-768 seed 64, in this order."""
        self._agreement_private = X25519PrivateKey.from_private_bytes(entropy.random(32))
        self._encapsulation_private = MLKEM768PrivateKey.from_seed_bytes(entropy.random(64))
        self.message = Rekey1(
            generation,
            self._agreement_private.public_key().public_bytes_raw(),
            self._encapsulation_private.public_key().public_bytes_raw(),
        )

    def finish(self, session: Session, answer: Rekey2) -> GenerationKeys:
        """Return the keys of the new generation; the session's chain is that of it afterwards.

        Raises:
            ProtocolFailure: AUTHENTICATION, for keys that cannot be agreed with.
        """
        with primitives.one_failure():
            kem_secret = self._encapsulation_private.decapsulate(answer.ciphertext)
        agreement_secret = primitives.agree(self._agreement_private, answer.agreement_key)
        return session.next_generation(
            encode_control(self.message), encode_control(answer), kem_secret, agreement_secret
        )


def answer_rekey(
    session: Session, request: Rekey1, entropy: Entropy
) -> tuple[Rekey2, GenerationKeys]:
    """Return the callee's half, and the keys of the new generation.

    Randomness is taken in the order X25519 key 32, encapsulation.

    Raises:
        ProtocolFailure: AUTHENTICATION, for keys that cannot be agreed with.
    """
    agreement_private = X25519PrivateKey.from_private_bytes(entropy.random(32))
    with primitives.one_failure():
        ciphertext, kem_secret = entropy.encapsulate(request.encapsulation_key)
    agreement_secret = primitives.agree(agreement_private, request.agreement_key)
    answer = Rekey2(
        request.generation, agreement_private.public_key().public_bytes_raw(), ciphertext
    )
    keys = session.next_generation(
        encode_control(request), encode_control(answer), kem_secret, agreement_secret
    )
    return answer, keys
