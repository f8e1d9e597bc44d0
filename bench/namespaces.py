"""A small internet of network namespaces on this machine; it needs root, ip and iptables.

    ada 10.1.0.2 ── gate-a 203.0.113.11 ──┐
    ben 10.2.0.2 ── gate-b 203.0.113.12 ──┼── inet (a bridge) ── server 203.0.113.5
        10.3.0.2 ── gate-c 203.0.113.13 ──┘

Ben's computer has a second interface, which is down until `switch` brings it up. A gate is a NAT:
"restricted" keeps the source port, so that the mapping is the same for everybody, and lets in what
comes from an address and port that was sent to; "symmetric" draws another port for each peer.
"""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Nat = Literal["restricted", "symmetric"]

SERVER_ADDRESS = "203.0.113.5"
_ROUTER = "203.0.113.1"
_GATES = {
    "gate-a": ("203.0.113.11", "10.1.0", "ada", "eth0"),
    "gate-b": ("203.0.113.12", "10.2.0", "ben", "eth0"),
    "gate-c": ("203.0.113.13", "10.3.0", "ben", "eth1"),
}
_NAMES = ("inet", "server", "ada", "ben", *_GATES)


def run(*command: str, check: bool = True) -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run(command, check=check, capture_output=True, text=True)
    return done.stdout


@dataclass(frozen=True, slots=True)
class Internet:
    """The namespaces, by the names above and a prefix of this run."""

    prefix: str

    def name(self, namespace: str) -> str:
        return f"{self.prefix}-{namespace}"

    def inside(self, namespace: str, *command: str) -> list[str]:
        """Return a command line that runs in a namespace."""
        return ["ip", "netns", "exec", self.name(namespace), *command]

    def ip(self, namespace: str, *arguments: str) -> None:
        run("ip", "-n", self.name(namespace), *arguments)

    def cut(self) -> None:
        """Take Ben's first interface down."""
        self.ip("ben", "link", "set", "eth0", "down")

    def switch(self) -> None:
        """Give Ben's second interface an address and the default route."""
        self.ip("ben", "link", "set", "eth1", "up")
        self.ip("ben", "addr", "add", "10.3.0.2/24", "dev", "eth1")
        self.ip("ben", "route", "replace", "default", "via", "10.3.0.1")

    def filter(self, gate: str, *rule: str) -> None:
        """Drop what a rule of iptables says of all that passes a gate."""
        run(*self.inside(gate, "iptables", "-I", "FORWARD", *rule, "-j", "DROP"))

    def build(self, nat_a: Nat, nat_b: Nat) -> None:
        for namespace in _NAMES:
            run("ip", "netns", "add", self.name(namespace))
            self.ip(namespace, "link", "set", "lo", "up")
        self.ip("inet", "link", "add", "hub", "type", "bridge")
        # A router to everywhere else: what is sent to addresses of nobody gets lost behind it.
        self.ip("inet", "addr", "add", f"{_ROUTER}/24", "dev", "hub")
        self.ip("inet", "link", "set", "hub", "up")
        self._wire("server", "wan", SERVER_ADDRESS)
        for gate, (outside, inside, host, interface) in _GATES.items():
            self._wire(gate, "wan", outside)
            self._lan(gate, inside, host, interface)
            self._translate(gate, nat_a if gate == "gate-a" else nat_b)

    def remove(self) -> None:
        for namespace in _NAMES:
            run("ip", "netns", "del", self.name(namespace), check=False)

    def _wire(self, namespace: str, interface: str, address: str) -> None:
        """Connect a namespace with the bridge."""
        port = f"to-{namespace}"
        self.ip(
            "inet", "link", "add", port, "type", "veth",
            "peer", "name", interface, "netns", self.name(namespace),
        )  # fmt: skip
        self.ip("inet", "link", "set", port, "master", "hub", "up")
        self.ip(namespace, "addr", "add", f"{address}/24", "dev", interface)
        self.ip(namespace, "link", "set", interface, "up")
        self.ip(namespace, "route", "add", "default", "via", _ROUTER)

    def _lan(self, gate: str, network: str, host: str, interface: str) -> None:
        self.ip(
            gate, "link", "add", "lan", "type", "veth",
            "peer", "name", interface, "netns", self.name(host),
        )  # fmt: skip
        self.ip(gate, "addr", "add", f"{network}.1/24", "dev", "lan")
        self.ip(gate, "link", "set", "lan", "up")
        run(*self.inside(gate, "sysctl", "-qw", "net.ipv4.ip_forward=1"))
        if interface == "eth0":
            self.ip(host, "addr", "add", f"{network}.2/24", "dev", interface)
            self.ip(host, "link", "set", interface, "up")
            self.ip(host, "route", "add", "default", "via", f"{network}.1")

    def _translate(self, gate: str, nat: Nat) -> None:
        iptables = self.inside(gate, "iptables")
        run(*iptables, "-P", "FORWARD", "DROP")
        run(*iptables, "-A", "FORWARD", "-i", "lan", "-o", "wan", "-j", "ACCEPT")
        established = ("-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED")
        run(*iptables, "-A", "FORWARD", *established, "-j", "ACCEPT")
        # A packet that nobody asked for must not take the mapping that one is about to get.
        run(*iptables, "-A", "INPUT", "-i", "wan", "-p", "udp", "-j", "DROP")
        masquerade = ("-t", "nat", "-A", "POSTROUTING", "-o", "wan")
        if nat == "symmetric":
            run(*iptables, *masquerade, "-p", "udp", "-j", "MASQUERADE", "--random-fully")
        run(*iptables, *masquerade, "-j", "MASQUERADE")


@contextlib.contextmanager
def internet(prefix: str, nat_a: Nat, nat_b: Nat) -> Iterator[Internet]:
    """Build the namespaces, and remove them in the end."""
    built = Internet(prefix)
    try:
        built.build(nat_a, nat_b)
        yield built
    finally:
        built.remove()
