"""A second handshake and control channel, written from the specification; shares no code.

HKDF is made of `hmac`, ML-KEM is kyber-py's. Every value is an argument with an honest default, so
that tests can also have it lie. Run as a program it prints `tests/vectors/handshake.json`.
"""

import hashlib
import hmac
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from kyber_py.ml_kem import ML_KEM_768

P = b"tui-call/e2ee/1"
CAPS = (1).to_bytes(8, "big")


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def lh(label: str, *parts: bytes) -> bytes:
    data = P + b"\x20" + label.encode() + b"\x00"
    for part in parts:
        data += len(part).to_bytes(4, "big") + part
    return sha(data)


def hkdf_extract(salt: bytes, material: bytes) -> bytes:
    return hmac.new(salt, material, hashlib.sha256).digest()


def ex(key: bytes, label: str, context: bytes = b"", length: int = 32) -> bytes:
    info = P + b"\x20" + label.encode() + b"\x00" + context
    output, block, index = b"", b"", 1
    while len(output) < length:
        block = hmac.new(key, block + info + bytes([index]), hashlib.sha256).digest()
        output, index = output + block, index + 1
    return output[:length]


def padded(data: bytes, *sizes: int) -> bytes:
    size = min(size for size in sizes if size >= 4 + len(data))
    return (len(data).to_bytes(4, "big") + data).ljust(size, b"\x00")


def ed25519(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def public(seed: bytes) -> bytes:
    return ed25519(seed).public_key().public_bytes_raw()


def x25519_public(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def x25519(private: bytes, peer: bytes) -> bytes:
    own = X25519PrivateKey.from_private_bytes(private)
    return own.exchange(X25519PublicKey.from_public_bytes(peer))


def mlkem_keys(seed: bytes) -> tuple[bytes, bytes]:
    """Return encapsulation and decapsulation key of a 64-byte seed."""
    return ML_KEM_768.key_derive(seed)


def mlkem_encapsulate(encapsulation_key: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Return ciphertext and shared secret, the 32 random bytes given."""
    secret, ciphertext = ML_KEM_768._encaps_internal(encapsulation_key, message)
    return ciphertext, secret


def account_field(account: str) -> bytes:
    return account.encode().ljust(64, b"\x00")


def header(message_type: int, call_id: bytes, leg: int) -> bytes:
    return bytes([1, message_type]) + (1).to_bytes(2, "big") + call_id + bytes([leg])


class Person:
    """An account with one device, all keys from fixed seeds."""

    def __init__(
        self, account: str, device_id: bytes, identity_seed: bytes, device_seed: bytes
    ) -> None:
        self.account = account
        self.device_id = device_id
        self.identity_seed = identity_seed
        self.device_seed = device_seed

    def credential(
        self,
        *,
        version: int = 1,
        identity_key: bytes | None = None,
        device_key: bytes | None = None,
        account_bytes: bytes | None = None,
        epoch: int = 7,
        not_before: int = 1_000_000,
        not_after: int = 1_000_000 + 90 * 86_400,
        capabilities: int = 1,
    ) -> bytes:
        signed = (
            bytes([version])
            + (identity_key or public(self.identity_seed))
            + (device_key or public(self.device_seed))
            + self.device_id
            + epoch.to_bytes(4, "big")
            + not_before.to_bytes(8, "big")
            + not_after.to_bytes(8, "big")
            + capabilities.to_bytes(4, "big")
            + (account_bytes or account_field(self.account))
        )
        return signed + ed25519(self.identity_seed).sign(P + b" device cert\x00" + signed)


class Handshake:
    """Both sides of one leg at once; overwrite an attribute before it is used to make it lie."""

    def __init__(self, caller: Person, callee: Person, call_id: bytes, leg: int) -> None:
        self.caller, self.callee = caller, callee
        self.call_id, self.leg = call_id, leg
        self.x_a, self.kem_seed, self.n_a = bytes([1] * 32), bytes([2] * 64), bytes([3] * 32)
        self.x_b, self.n_b, self.kem_message = bytes([4] * 32), bytes([5] * 32), bytes([6] * 32)
        self.cred_a, self.cred_b = caller.credential(), callee.credential()
        self.caps_a = self.caps_b = CAPS
        self.ek, self.dk = mlkem_keys(self.kem_seed)

    # What M1 says

    def com(self) -> bytes:
        return lh(
            "commit", self.call_id, bytes([self.leg]), self.n_a, sha(self.cred_a),
            x25519_public(self.x_a), self.ek,
        )  # fmt: skip

    def m1(self, **changes: bytes) -> bytes:
        fields = {
            "from": account_field(self.caller.account),
            "to": account_field(self.callee.account),
            "to_device": self.callee.device_id,
            "flags": (1).to_bytes(2, "big"),
            "x_a": x25519_public(self.x_a),
            "ek_a": self.ek,
            "com": self.com(),
        }
        assert set(changes) <= set(fields)
        return header(1, self.call_id, self.leg) + b"".join({**fields, **changes}.values())

    # M2, given an M1

    def respond(
        self, m1: bytes, *, content: bytes | None = None, signature: bytes | None = None
    ) -> bytes:
        x_a, ek = m1[167:199], m1[199:1383]
        self.ct, self.ss_mlkem = mlkem_encapsulate(ek, self.kem_message)
        self.ss_x25519 = x25519(self.x_b, x_a)
        public_part = header(2, self.call_id, self.leg) + x25519_public(self.x_b)
        public_part += self.ct + self.n_b
        self.agree(m1, public_part)
        transcript = lh("tr", self.th2, self.cred_b, self.caps_b)
        signed = ed25519(self.callee.device_seed).sign(P + b" sig r\x00" + transcript)
        plain = self.cred_b + self.caps_b + (signature or signed)
        plain = padded(plain, 768) if content is None else content
        self.e2 = AESGCM(self.k_r).encrypt(
            bytes(12), plain, header(2, self.call_id, self.leg) + self.th2
        )
        return public_part + self.e2

    def agree(self, m1: bytes, m2_without_e2: bytes) -> None:
        self.th2 = lh("th2", m1, m2_without_e2)
        self.hs = hkdf_extract(self.th2, self.ss_mlkem + self.ss_x25519)
        self.k_r = ex(self.hs, "hs r", self.th2)
        self.k_i = ex(self.hs, "hs i", self.th2)

    # M3, given an M2 that another implementation made

    def take_respond(self, m1: bytes, m2: bytes) -> None:
        x_b, self.ct, self.e2 = m2[21:53], m2[53:1141], m2[1173:]
        self.ss_mlkem = ML_KEM_768.decaps(self.dk, self.ct)
        self.ss_x25519 = x25519(self.x_a, x_b)
        self.agree(m1, m2[:1173])
        plain = AESGCM(self.k_r).decrypt(
            bytes(12), self.e2, header(2, self.call_id, self.leg) + self.th2
        )
        self.cred_b, self.caps_b = plain[4:237], plain[237:245]

    def th3(self, sdp: bytes) -> bytes:
        return lh(
            "th3", self.th2, self.e2, sha(self.cred_b), self.caps_b, self.n_a, self.cred_a,
            self.caps_a, sha(sdp),
        )  # fmt: skip

    def offer(
        self, sdp: bytes, *, content: bytes | None = None, signature: bytes | None = None
    ) -> bytes:
        signed = ed25519(self.caller.device_seed).sign(P + b" sig i\x00" + self.th3(sdp))
        plain = self.n_a + self.cred_a + self.caps_a + (signature or signed) + sdp
        plain = padded(plain, 4096, 8192, 16384) if content is None else content
        start = header(3, self.call_id, self.leg)
        return start + AESGCM(self.k_i).encrypt(bytes(12), plain, start + self.th2)

    # What both have then

    def secrets(self, sdp: bytes, m3: bytes) -> dict[str, bytes]:
        th4 = lh("th4", self.th3(sdp), m3)
        covered = lh("sas", self.th2, self.e2, sha(self.cred_b), self.n_a, sha(self.cred_a))
        sas = ex(self.hs, "sas", covered)
        main = ex(self.hs, "main", th4)
        return {"th4": th4, "sas": sas, "main_0": main, **generation(main)}

    def refusal(self, m1: bytes, reason: int) -> bytes:
        covered = lh("refuse", sha(m1), bytes([reason]), self.cred_b)
        signature = ed25519(self.callee.device_seed).sign(P + b" refuse\x00" + covered)
        return header(5, self.call_id, self.leg) + bytes([reason]) + self.cred_b + signature


def generation(main: bytes) -> dict[str, bytes]:
    return {
        "sframe_i2r": ex(main, "sframe i2r"),
        "sframe_r2i": ex(main, "sframe r2i"),
        "ctl_i2r_key": ex(main, "ctl i2r key"),
        "ctl_i2r_iv": ex(main, "ctl i2r iv", length=12),
        "ctl_r2i_key": ex(main, "ctl r2i key"),
        "ctl_r2i_iv": ex(main, "ctl r2i iv", length=12),
        "chain": ex(main, "chain"),
    }


def rekeyed(
    chain: bytes, transcript: bytes, rekey1: bytes, rekey2: bytes, kem: bytes, agreed: bytes
) -> dict[str, bytes]:
    th = lh("rekey", transcript, rekey1, rekey2)
    main = ex(hkdf_extract(chain, kem + agreed), "main", th)
    return {"th": th, "main": main, **generation(main)}


def control(
    call_id: bytes,
    leg: int,
    key: bytes,
    iv: bytes,
    transcript: bytes,
    sequence: int,
    content: bytes,
    generation: int = 0,
) -> bytes:
    """Seal `content` (ack, tag, fields; padded here unless it has a padded size)."""
    start = header(4, call_id, leg)
    plain = content if len(content) >= 256 else padded(content, 256, 1024, 4096, 8192)
    nonce = bytes(a ^ b for a, b in zip(iv, sequence.to_bytes(12, "big"), strict=True))
    numbers = generation.to_bytes(4, "big") + sequence.to_bytes(4, "big")
    bound = start + generation.to_bytes(4, "big") + transcript
    return start + numbers + AESGCM(key).encrypt(nonce, plain, bound)


ADA = Person("ada@home-3fk2", bytes([0xA0] * 16), bytes([0xA1] * 32), bytes([0xA2] * 32))
BOB = Person("bob@home-3fk2", bytes([0xB0] * 16), bytes([0xB1] * 32), bytes([0xB2] * 32))
CALL_ID = bytes(range(16))
LEG = 2
FINGERPRINT = ":".join(["4F"] * 32)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"
    f"a=fingerprint:sha-256 {FINGERPRINT}\r\na=setup:actpass\r\n"
)


def known_answers() -> dict[str, str]:
    """Return inputs, messages and secrets of one call with fixed randomness, as hexadecimal."""
    run = Handshake(ADA, BOB, CALL_ID, LEG)
    sdp = SDP.encode()
    m1 = run.m1()
    m2 = run.respond(m1)
    m3 = run.offer(sdp)
    secrets = run.secrets(sdp, m3)
    rekey1 = bytes([13]) + (1).to_bytes(4, "big") + bytes([7] * 32) + bytes([8] * 1184)
    rekey2 = bytes([14]) + (1).to_bytes(4, "big") + bytes([9] * 32) + bytes([10] * 1088)
    second = rekeyed(
        secrets["chain"], secrets["th4"], rekey1, rekey2, bytes([11] * 32), bytes([12] * 32)
    )
    note = control(
        CALL_ID, LEG, secrets["ctl_i2r_key"], secrets["ctl_i2r_iv"], secrets["th4"], 0,
        bytes(4) + bytes([7]) + "Grüße".encode(),
    )  # fmt: skip
    values = {
        "x_a": run.x_a, "kem_seed": run.kem_seed, "n_a": run.n_a, "x_b": run.x_b, "n_b": run.n_b,
        "ct": run.ct, "ss_mlkem": run.ss_mlkem, "ss_x25519": run.ss_x25519,
        "cred_a": run.cred_a, "cred_b": run.cred_b, "com": run.com(), "sdp": sdp,
        "m1": m1, "m2": m2, "m3": m3, "th2": run.th2, "hs": run.hs, "k_r": run.k_r,
        "k_i": run.k_i, "th3": run.th3(sdp), **secrets,
        "refuse_policy": run.refusal(m1, 1), "abort": header(6, CALL_ID, LEG) + b"\x00",
        "ctl_note": note, "rekey1": rekey1, "rekey2": rekey2,
        **{f"rekeyed_{name}": value for name, value in second.items()},
    }  # fmt: skip
    return {name: value.hex() for name, value in values.items()}


def main() -> None:
    print(json.dumps(known_answers(), indent=1))


if __name__ == "__main__":
    main()
