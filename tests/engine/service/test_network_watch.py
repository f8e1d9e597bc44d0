"""What a computer sees of its own network."""

import ipaddress
import socket
from collections.abc import Iterator

import ifaddr
import pytest

from tui_call.control import platform
from tui_call.engine.service import network_watch
from tui_call.engine.service.network_watch import NetworkWatch, source_towards


class Adapter:
    def __init__(self, *addresses: str | tuple[str, int, int]) -> None:
        self.ips = [type("Ip", (), {"ip": address}) for address in addresses]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What the system says of its network goes in here."""
    said, heard = socket.socketpair(type=socket.SOCK_DGRAM)
    heard.setblocking(False)
    monkeypatch.setattr(platform, "_netlink", lambda: heard)
    with said:
        yield said


@pytest.fixture
def watch() -> Iterator[NetworkWatch]:
    watch = NetworkWatch()
    yield watch
    watch.close()


def test_a_picture_of_this_computer_stays_the_same_while_nothing_changes(
    watch: NetworkWatch,
) -> None:
    assert watch.picture.addresses
    for address in watch.picture.addresses:
        assert ipaddress.ip_address(address)
    assert not watch.changed()


def test_the_source_towards_somebody_is_the_address_that_he_would_see() -> None:
    assert source_towards("127.0.0.1") == "127.0.0.1"
    assert source_towards("::1") == "::1"
    assert source_towards("255.255.255.255") == ""  # a broadcast is no way to anybody


def test_addresses_and_routes_that_differ_are_noticed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    adapters = [Adapter("127.0.0.1", ("::1", 0, 0)), Adapter("192.0.2.7")]
    sources = dict.fromkeys((*network_watch._ANYWHERE, "192.0.2.6"), "192.0.2.7")
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: adapters)
    monkeypatch.setattr(network_watch, "source_towards", lambda address: sources.get(address, ""))
    monkeypatch.setattr(platform.NetworkNews, "arrived", lambda _: True)
    watch = NetworkWatch()
    assert watch.picture.connected

    adapters.append(Adapter(("2001:db8::7", 0, 0)))
    assert watch.changed()
    assert not watch.changed()
    for address in network_watch._ANYWHERE:
        del sources[address]
    assert watch.changed()
    assert watch.picture.connected, "there are neighbours, without a way to anybody else"
    del sources["192.0.2.6"]
    assert watch.changed()
    assert not watch.picture.connected, "the interface is down, and keeps its address"
    del adapters[1:]
    assert watch.changed()
    assert not watch.picture.connected
    watch.close()


def test_only_now_and_then_it_looks_unasked(
    system: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: looks.append("look") or [])
    watch = NetworkWatch()
    for _ in range(9):
        watch.changed()
    assert len(looks) == 1
    watch.changed()
    assert len(looks) == 2
    system.send(b"an address")
    system.send(b"a route")
    watch.changed()
    assert len(looks) == 3
    watch.changed()
    assert len(looks) == 3
    watch.close()


def test_where_the_system_says_nothing_it_looks_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused() -> socket.socket:
        raise PermissionError

    monkeypatch.setattr(platform, "_netlink", refused)
    looks: list[str] = []
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: looks.append("look") or [])
    watch = NetworkWatch()
    for _ in range(5):
        watch.changed()
    assert len(looks) == 6
    watch.close()
