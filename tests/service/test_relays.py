"""Credentials for the TURN servers of an organisation: for members, and for a while."""

import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from tests.support.members import Clock
from tests.support.members import town as run_town
from tui_call.service.faults import RelaySecretUnusable
from tui_call.service.relays import RelayAccess, relay_access
from tui_call.signaling.messages import MOST_RELAY_SERVERS, AskForRelays, Failed, Relays

SERVERS = ("stun:relay.example", "turns:relay.example:443")
SECRET = "as long as it has to be"


async def test_members_get_fresh_credentials_that_end(tmp_path: Path) -> None:
    clock = Clock(1_800_000_000.0)
    access = RelayAccess(SERVERS, SECRET.encode(), lifetime=600)
    async with run_town(tmp_path / "town", clock, relays=access) as town:
        ada = await town.enrol("ada")
        first = await ada.client.ask(AskForRelays, Relays)
        assert (first.servers, first.seconds) == (SERVERS, 600)
        ends, _, identifier = first.username.partition(":")
        assert int(ends) == 1_800_000_600
        assert ada.account.partition("@")[0] not in identifier
        digest = hmac.digest(SECRET.encode(), first.username.encode(), hashlib.sha1)
        assert base64.b64decode(first.credential) == digest
        again = await ada.client.ask(AskForRelays, Relays)
        assert again.username.partition(":")[2] != identifier


async def test_strangers_get_none(tmp_path: Path) -> None:
    async with run_town(tmp_path / "town", relays=RelayAccess(SERVERS, SECRET.encode())) as town:
        client = await town.visit()
        await client.greet()
        assert (await client.fails(AskForRelays(1))).code == "not_allowed"
        assert not [message for message in client.heard if not isinstance(message, Failed)][1:]


async def test_a_service_without_servers_says_so(tmp_path: Path) -> None:
    async with run_town(tmp_path / "town") as town:
        ada = await town.enrol("ada")
        answer = await ada.client.ask(AskForRelays, Relays)
        assert (answer.servers, answer.username, answer.credential) == ((), "", "")


def test_servers_and_their_secret(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    assert relay_access((), None, 60) == RelayAccess(lifetime=60)
    stun = ("stun:relay.example",)
    assert relay_access(stun, None, 60).grant(1, 0.0) == Relays(1, stun, "", "", 60)
    for file, words in (
        (None, "secret_file"),
        (secret, "cannot be read"),
    ):
        with pytest.raises(RelaySecretUnusable, match=words):
            relay_access(SERVERS, file, 60)
    secret.write_text("short\n")
    with pytest.raises(RelaySecretUnusable, match="at least 16 characters"):
        relay_access(SERVERS, secret, 60)
    secret.write_text(SECRET + "\n")
    access = relay_access(SERVERS * MOST_RELAY_SERVERS, secret, 60)
    assert access.secret == SECRET.encode()
    assert SECRET not in repr(access)
    assert len(access.grant(1, 0.0).servers) == MOST_RELAY_SERVERS
