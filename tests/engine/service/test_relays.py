"""Calls through the relay of the service, with credentials that it gives."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.coturn import HOST, SECRET, coturn
from tests.support.one_process import Resident, Village, a_call, until, village
from tui_call.config.ice_server import IceServer
from tui_call.control.actions import (
    Answer,
    AskRelays,
    Call,
    ChangePolicy,
    ChangeSetting,
    FindNewPath,
)
from tui_call.engine.service.faults import ServiceAway
from tui_call.engine.service.relays import ServiceRelays
from tui_call.engine.service.second_try import AGAIN_SECONDS
from tui_call.service.relays import RelayAccess
from tui_call.signaling.messages import Relays, ServiceMessage

SERVERS = ("stun:relay.example", "turn:relay.example?transport=tcp", "what is this")


@dataclass
class Link:
    """Stands in for the connection to a service."""

    answer: ServiceMessage | None

    async def request(self, make: Callable[[int], object]) -> ServiceMessage:
        make(1)
        if self.answer is None:
            raise ServiceAway
        return self.answer


async def test_what_the_service_says_holds_for_its_time_and_is_asked_for_again() -> None:
    relays, now = ServiceRelays(), time.monotonic()
    assert not relays.due(now)
    await relays.ask(Link(Relays(1, SERVERS, "name", "word", 600)))  # type: ignore[arg-type]
    stun, turn = relays.servers(now)
    assert stun == IceServer("relay.example", 3478)
    assert turn == IceServer("relay.example", 3478, True, "TCP", "name", "word")
    assert not relays.due(now + 299)
    assert relays.due(now + 301)
    await relays.ask(Link(None))  # type: ignore[arg-type]
    assert relays.servers(now + 599) == (stun, turn)
    assert relays.servers(now + 601) == ()
    assert relays.due(time.monotonic() + AGAIN_SECONDS)


@asynccontextmanager
async def relayed(
    directory: Path, monkeypatch: pytest.MonkeyPatch, *, only: bool = True
) -> AsyncIterator[Village]:
    """Let a service name a relay, and people use nothing else, unless they may."""
    if only:
        monkeypatch.setenv("TUI_CALL_NETWORK__RELAY_ONLY", "true")
    async with coturn(directory) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        names = (f"turns:{HOST}:{server.tls_port}", f"stun:{HOST}:{server.port}")
        access = RelayAccess(names, SECRET.encode(), lifetime=60)
        async with village(directory, monkeypatch, relays=access) as here:
            yield here


async def two_with_relays(here: Village) -> tuple[Resident, Resident]:
    ada, ben = await here.resident("ada"), await here.resident("ben")
    for person in (ada, ben):
        await until(lambda one=person: one.engine.path_settings.network().ice_servers)
    return ada, ben


@pytest.mark.e2e
async def test_the_service_names_the_relay_and_the_sound_goes_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relayed(tmp_path, monkeypatch) as here:
        ada, ben = await two_with_relays(here)
        addresses = ada.account, ben.account
        async with a_call(ada, ben):
            await ben.hears_more()
            assert ada.active.path == ben.active.path == "relay/TLS"
            assert ada.call.path == "relay/TLS"
            used = {server.username for server in ada.engine.path_settings.network().ice_servers}
            assert await ada.order(AskRelays()) == {"named": 2, "answer": 2}
            await ada.engine.relays.ask(ada.engine.membership)
            later = {server.username for server in ada.engine.path_settings.network().ice_servers}
            assert later != used
            await ada.order(FindNewPath())
            await until(lambda: ada.statistics.path_number == ben.statistics.path_number == 1)
            await ben.hears_more()
            assert ada.active.path == "relay/TLS"
    log = (tmp_path / "coturn.log").read_text()
    assert not any(address in log for address in addresses)


@pytest.mark.e2e
async def test_who_asks_for_relays_while_it_rings_tells_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relayed(tmp_path, monkeypatch, only=False) as here:
        ada, ben = await two_with_relays(here)
        await ada.order(Call(ben.account))
        await until(lambda: ben.phase == "ringing")
        await ben.order(ChangeSetting("network.relay_only", "true"))
        await ben.order(Answer())
        await until(lambda: ada.phase == ben.phase == "active")
        assert ben.active.path == "relay/TLS"
        assert ben.statistics.path_changes == 0


@pytest.mark.e2e
async def test_who_asks_for_relays_in_a_call_goes_over_to_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relayed(tmp_path, monkeypatch, only=False) as here:
        ada, ben = await two_with_relays(here)
        async with a_call(ada, ben):
            await ben.hears_more()
            assert ben.active.path == "direct/UDP"
            await ada.order(ChangeSetting("network.relay_only", "true"))
            await until(lambda: ada.active.path == "relay/TLS")
            await ben.hears_more()
            assert ada.statistics.path_changes == 1


@pytest.mark.e2e
async def test_relays_of_the_service_are_not_used_where_the_person_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUI_CALL_NETWORK__SERVICE_RELAYS", "false")
    async with relayed(tmp_path, monkeypatch) as here:
        ada, ben = await here.resident("ada"), await here.resident("ben")
        await until(lambda: ada.engine.relays.servers(time.monotonic()))
        assert ada.engine.path_settings.network().ice_servers == ()
        await ada.order(Call(ben.account))
        await until(lambda: ada.phase == "ended")
        assert ada.call.end_reason is not None
        words = ada.call.end_reason
        assert (words.code, words.text) == (
            "R_NO_RELAY",
            "No call: you use relays only, and none answers.",
        )


async def test_a_policy_that_wants_relays_holds_for_everybody_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with village(tmp_path, monkeypatch) as here:
        ada, ben = await here.resident("ada"), await here.resident("ben")
        await ada.order(ChangePolicy(relay_only=True))
        for person in (ada, ben):
            await until(lambda one=person: one.engine.path_settings.network().relay_only)
            assert person.snapshot.encryption.relay_only
            settings = {view.key: view for view in person.snapshot.settings}
            limited = settings["network.relay_only"].limited_by
            assert limited is not None
            assert limited.text == "Policy organisation wants a relay for every call."
        await ben.order(Call(ada.account))
        await until(lambda: ben.phase == "ended")
        assert ben.call.end_reason is not None
        words = "No call: policy organisation wants a relay, and none answers."
        assert ben.call.end_reason.text == words
        await ada.order(ChangePolicy(relay_only=False))
        await until(lambda: not ben.engine.path_settings.network().relay_only)
        assert ben.snapshot.encryption.policy_allows == "user_choice"
