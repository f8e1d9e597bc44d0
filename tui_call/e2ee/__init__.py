"""The end-to-end protocol: handshake, control channel and media sealing, without I/O.

Theory of the room
==================
Two devices agree on keys by three messages that a service which neither trusts carries for them.

M1 INVITE is public: addresses, an X25519 and an ML-KEM-768 key, and a commitment to the caller's
credential and nonce. M2 RESPOND answers with the callee's share and, sealed, the callee's
credential and signature. M3 OFFER reveals the caller: nonce, credential, signature and the SDP
offer. The code that people compare is made of what was fixed before that reveal, so that a man in
the middle has one guess a try and nothing to search over. After M3 both hold a `Session`: base
keys for media, and a `ControlChannel` on which everything else of the call is said.

    credentials    who a device is: an identity key's signature over a device key
    messages       the bytes on the wire: header, fixed layouts, padding
    key_schedule   every hash and every key, by the labels of the specification
    primitives     the library's signatures, agreements and AEAD; one failure for all of them
    handshake      the two machines that make a `Session` of M1, M2 and M3; they stand on
                   leg (one message in, over when it fails) and sealed_parts (e2 and e3)
    session        what a handshake leaves: the peer and the keys
    control_channel, control_messages    what is said under the keys: in order, once, repeated
    description    what an SDP description may hold
    own_devices, linking, renewal        what two devices of one account say to each other
    sframe, replay, media                frames of sound (`tui_call.payload`): sealed, opened once
    security_code, fingerprint           what people compare, in a call and in person
    sealed_file    the format in which secrets rest on disk

Every sealed message is stored as bytes and sent again as these bytes; a key that seals once is
given up by that use. Bytes, `now` and an `Entropy` go in; bytes and values come out; the only
exception for anything that a peer sent is `errors.ProtocolFailure`.

Secrets are dropped as soon as they have served, by removing the attribute that held them. Python
cannot promise that their memory is overwritten.
"""
