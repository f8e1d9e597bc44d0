"""The owners of standard calls: made here, and found by a call's id or by this device in it."""

import secrets
from collections.abc import Iterator
from typing import Literal

from tui_call.engine.account.own_account import OwnAccount
from tui_call.engine.account.rights import Rights
from tui_call.engine.calls.bridge_legs import BridgeSurroundings
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.calls.standard_acts import StandardActs
from tui_call.engine.calls.standard_call import StandardCallOwner, StandardObserver
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.directory import KnownPeople
from tui_call.identifiers import AccountId
from tui_call.sentences import Sentence
from tui_call.signaling.messages import CallChanged


class StandardOwners:
    """Makes them, each with what is known of its call, and forgets those that are over."""

    def __init__(
        self,
        calls: CallList,
        observer: StandardObserver,
        acts: StandardActs,
        around: BridgeSurroundings,
        account: OwnAccount,
        rights: Rights,
        people: KnownPeople,
    ) -> None:
        self._calls = calls
        self._observer = observer
        self._acts = acts
        self._around = around
        self._account = account
        self._rights = rights
        self._people = people
        self._word = acts.word()
        self._owners: dict[bytes, StandardCallOwner] = {}

    @property
    def device(self) -> str:
        """This one, 32 hexadecimal digits."""
        return self._account.identity().credential.device_id.hex()

    def state(
        self, call_id: bytes, account: AccountId, direction: Literal["outgoing", "incoming"]
    ) -> CallState:
        """Return what is known of a call before it begins."""
        record = CallState(
            call_id,
            account,
            self._people.name_of(account),
            direction,
            self._rights.own,
            self._around.clock.wall,
        )
        record.proven = True
        return record

    def facts(self, why: Sentence | None) -> StandardFacts:
        """Return what is known of a standard call before it begins; `why` it is not E2EE."""
        return StandardFacts(self._account.address, self.device, secrets.token_hex(16), why)

    def own(
        self, record: CallState, facts: StandardFacts, *, leaves: bool = False
    ) -> StandardCallOwner:
        """Make the owner of a call.

        Args:
            record: of the call.
            facts: of it as a standard call.
            leaves: it was E2EE, and has to say its last words yet.
        """
        record.standard = facts
        facts.names.setdefault(record.account, record.name)
        owner = StandardCallOwner(
            record, facts, self._acts, self._around, self._observer, self._name_of
        )
        self._owners[record.id] = owner
        self._calls.own(owner, leaves=leaves)
        return owner

    def get(self, call_id: bytes) -> StandardCallOwner | None:
        """Return the owner of a call, None where it is not known here."""
        return self._owners.get(call_id)

    def with_instance(self, told: CallChanged) -> StandardCallOwner | None:
        """Return the owner of the call by whose instance this device is in a call."""
        instances = {one.instance for one in told.members if one.account == self._account.address}
        for owner in self._owners.values():
            if owner.instance in instances and not owner.record.ended:
                return owner
        return None

    def follow_word(self) -> None:
        """Tell calls where the person says something else of being kept and captioned now."""
        before, self._word = self._word, self._acts.word()
        for owner in self._owners.values() if self._word != before else ():
            owner.service_back()

    def rename(self, owner: StandardCallOwner, call_id: bytes) -> None:
        """Find an owner by another id from now on."""
        del self._owners[owner.id]
        self._owners[call_id] = owner

    def forget_what_is_over(self) -> Iterator[bytes]:
        """Yield the ids of calls that nobody here knows of any more."""
        for call_id in [one for one in self._owners if one not in self._calls.records]:
            del self._owners[call_id]
            yield call_id

    def _name_of(self, account: str, told: str) -> str:
        """Return how somebody is called here, as the service tells it where nobody else does."""
        return self._people.name_of(account, told)
