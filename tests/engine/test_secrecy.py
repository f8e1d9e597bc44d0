"""What a service learns of a call: nothing that is sealed, wherever and however it is written."""

import base64
import sqlite3
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.support.one_process import SERVICE, Gateway, Resident, Village, a_call, until
from tests.support.reachable import reachable
from tui_call.calls import course
from tui_call.control.actions import Mute, Note
from tui_call.e2ee.key_schedule import Chain, ControlKeys
from tui_call.e2ee.session import Session
from tui_call.e2ee.sframe import FrameKey
from tui_call.engine.calls.leg import Leg
from tui_call.signaling.messages import ListPeople, Send
from tui_call.transport import peer_connection
from tui_call.transport.peer_connection import PeerConnection

NOTE = "meet me at the old mill at noon"
SDP_LINES = (b"a=candidate", b"m=audio", b"a=fingerprint", b"a=ice-pwd", b"a=ice-ufrag")


@dataclass
class Secrets:
    """What only the two devices may know: taken from them while they make it."""

    found: dict[str, bytes] = field(default_factory=dict)

    def add_description(self, sdp: str) -> None:
        for line in sdp.splitlines():
            name, _, value = line.partition(":")
            if name == "a=fingerprint":
                digest = bytes.fromhex(value.partition(" ")[2].replace(":", ""))
                self._add("fingerprint", digest)
                self._add("written fingerprint", value.partition(" ")[2].encode())
            elif name == "a=ice-pwd":
                self._add("ICE password", value.encode())
            elif name == "a=ice-ufrag":
                # Four letters of their own can be anywhere by chance.
                self._add("ICE user", f"ufrag:{value}".encode())

    def add_keys(self, session: Session) -> None:
        for name, key in (("send", session.send_key), ("receive", session.receive_key)):
            self._add(f"base key to {name}", key)
        self._add("security code secret", session.security_code_secret)

    def _add(self, kind: str, secret: bytes) -> None:
        self.found[f"{kind} {len(self.found)}"] = secret


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    secrets = Secrets()
    forget = Session.forget_media_keys

    class Overheard(PeerConnection):
        async def create_offer(self) -> str:
            sdp = await super().create_offer()
            secrets.add_description(sdp)
            return sdp

        async def create_answer(self, offer: str) -> str:
            sdp = await super().create_answer(offer)
            secrets.add_description(sdp)
            return sdp

    def overheard(session: Session) -> None:
        secrets.add_keys(session)
        forget(session)

    monkeypatch.setattr(peer_connection, "PeerConnection", Overheard)
    monkeypatch.setattr(Session, "forget_media_keys", overheard)
    return secrets


def forms(secret: bytes) -> dict[str, bytes]:
    """Return how a secret may be written: raw, in hex, and in base64 wherever it begins."""
    written = {
        "raw": secret,
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
    }
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + secret)
        # The first and last characters also depend on what stands beside the secret.
        first = 0 if shift == 0 else shift + 1
        last = (shift + len(secret)) // 3 * 4
        written[f"base64 at {shift}"] = encoded[first:last]
        written[f"base64url at {shift}"] = encoded[first:last].translate(
            bytes.maketrans(b"+/", b"-_")
        )
    return written


def findings(places: dict[str, bytes], secrets: dict[str, bytes]) -> set[tuple[str, str, str]]:
    """Return place, secret and form of everything that was found."""
    return {
        (place, name, form)
        for place, content in places.items()
        for name, secret in secrets.items()
        for form, written in forms(secret).items()
        if written in content
    }


def all_of_the_service(here: Village) -> dict[str, bytes]:
    places = messages_of(here.gateway)
    for file in (here.directory / SERVICE).iterdir():
        if file.is_file():
            places[file.name] = file.read_bytes()
    places["log"] = here.log.encode()
    return places


def messages_of(gateway: Gateway) -> dict[str, bytes]:
    return {
        "frames": b"\n".join(frame for frame, _ in gateway.received),
        "answers": "\n".join(gateway.sent).encode(),
        "payloads": b"\n".join(message.payload for message in gateway.of(Send)),
    }


async def test_neither_keys_nor_addresses_nor_words_reach_the_service(
    here: Village, secrets: Secrets
) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        await ada.order(Note(NOTE))
        await ben.order(Mute(True))
        await ben.hears_more()
        await ada.hears_more()
    kinds = [name.rpartition(" ")[0] for name in secrets.found]
    assert kinds.count("fingerprint") == kinds.count("ICE password") == 2
    assert kinds.count("base key to send") == kinds.count("base key to receive") == 2
    secrets.found |= {f"line {line}": line for line in SDP_LINES}
    secrets.found["note"] = NOTE.encode()

    places = all_of_the_service(here)
    assert len(places["payloads"]) > 8000, "the messages of a call were recorded"
    assert places["service.db"].startswith(b"SQLite format 3")
    assert findings(places, secrets.found) == set()

    # The same search finds what is there: a device that tells, and each form anywhere.
    link = ada.engine.membership.link
    assert link is not None
    told = next(secret for name, secret in secrets.found.items() if "fingerprint" in name)
    await link.request(lambda number: ListPeople(number, told.hex()))
    found = findings(all_of_the_service(here), secrets.found)
    assert {(place, form) for place, _, form in found} == {("frames", "hex")}
    for name, secret in secrets.found.items():
        for form, written in forms(secret).items():
            planted = {"planted": b"before" + written + b"behind"}
            assert ("planted", name, form) in findings(planted, {name: secret})
        for shift in range(3):
            in_base64 = {"planted": base64.b64encode(b"x" * (9 + shift) + secret + b"yy")}
            assert ("planted", name, f"base64 at {shift}") in findings(in_base64, {name: secret})


async def test_names_and_addresses_of_a_call_do_not_reach_the_log(
    here: Village, secrets: Secrets
) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        await ada.hears_more()
    assert "device offline" in here.log or "device online" in here.log
    for private in (ada.account, ben.account, "Ada", "Ben", ada.device, "127.0.0.1"):
        assert [line for line in here.log.splitlines() if private in line] == []
    assert all(secret not in here.log.encode() for secret in secrets.found.values())


async def test_the_database_knows_people_and_no_calls(here: Village) -> None:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    async with a_call(ada, ben):
        call = ada.call.id
    store = sqlite3.connect(here.directory / SERVICE / "service.db")
    dump = "\n".join(store.iterdump())
    store.close()
    assert ada.account in dump
    assert call not in dump


async def test_a_call_that_is_over_leaves_no_keys_behind_while_its_end_is_on_the_screen(
    ada: Resident, ben: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "LINGER", 0.5)
    keys = (AESGCM, Chain, ControlKeys, FrameKey, Session)
    legs: dict[str, Leg] = {}

    def found(person: Resident) -> set[type]:
        kinds = {type(thing) for thing in reachable(legs[person.account])}
        return {kind for kind in kinds if issubclass(kind, keys)}

    async with a_call(ada, ben):
        await ben.hears_more()
        legs.update({one.account: one.active for one in (ada, ben)})
        assert FrameKey in found(ada) & found(ben), "what is looked for is there in the call"
    # Both have one event loop, over which each is found from the other.
    await until(lambda: all(leg.over and leg.media is None for leg in legs.values()))
    for person in (ada, ben):
        assert person.phase == "ended"
        assert person.call.member.code is not None
        assert found(person) == set()
