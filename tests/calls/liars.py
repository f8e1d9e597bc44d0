"""Who takes part in calls under the name of somebody else."""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

from tests.e2ee import handshake_reference as reference
from tests.e2ee.machines import ADA, BOB, MALLORY, local
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.e2ee.handshake import CalleeHandshake, CallerHandshake, Session
from tui_call.e2ee.media import MediaSealer
from tui_call.e2ee.messages import Invite
from tui_call.identifiers import AccountId

HONEST = {"ada": ADA, "bob": BOB}
PEOPLE = {"ada": reference.ADA, "bob": reference.BOB}


def liar(name: str, kind: str) -> LocalIdentity:
    """Return what the attacker shows for somebody: nothing of it is that person's key.

    Args:
        name: in whose name.
        kind: "own keys" under the account; "own account" under another's name; a "stolen"
            credential without its device key; own keys, and "another device".
    """
    if kind == "stolen":
        return replace(local(MALLORY), credential=HONEST[name].credential)
    account = MALLORY.account if kind == "own account" else PEOPLE[name].account
    device = MALLORY.device_id if kind == "another device" else PEOPLE[name].device_id
    return local(reference.Person(account, device, MALLORY.identity_seed, MALLORY.device_seed))


class LyingCaller(CallerHandshake):
    """A caller whose invite says that somebody else calls."""

    def __init__(self, identity: LocalIdentity, *, claims: AccountId, **arguments: Any) -> None:
        self._claims = claims
        super().__init__(identity, **arguments)

    def _make_invite(self, to_account: AccountId, to_device: bytes) -> Invite:
        return replace(super()._make_invite(to_account, to_device), from_account=self._claims)


@dataclass
class OwnLeg:
    """A leg in which the attacker takes part himself, under whatever name."""

    machine: CallerHandshake | CalleeHandshake
    victim: str
    dead: bool = False
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    sealer: MediaSealer | None = None

    @property
    def session(self) -> Session | None:
        try:
            return self.machine.session
        except RuntimeError:
            return None
