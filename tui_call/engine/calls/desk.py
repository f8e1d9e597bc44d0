"""What the switchboard needs of the engine around it."""

from typing import Protocol

from tui_call.control.views import Presence, SentenceView
from tui_call.e2ee.credentials import LocalIdentity
from tui_call.engine.calls.call_state import CallState
from tui_call.engine.media.paths import Network
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.gate import PlatformFacts
from tui_call.profile.contacts import Contacts
from tui_call.reasons import EndReason
from tui_call.sentences import Sentence


class Desk(Protocol):
    """The engine, as its calls see it."""

    @property
    def own(self) -> OwnEncryption:
        """Encryption facts of this person now."""
        ...

    @property
    def presence(self) -> Presence:
        """The own presence."""
        ...

    @property
    def contacts(self) -> Contacts:
        """Who is known here."""
        ...

    def network(self) -> Network:
        """Return how paths are made now."""
        ...

    @property
    def rekey_interval(self) -> float:
        """Seconds from one rekey of a call to the next."""
        ...

    @property
    def answers_by_itself(self) -> bool:
        """Whether every call is answered."""
        ...

    def doubt_service(self) -> None:
        """See whether the service still answers: what broke a path may have broken that way too."""
        ...

    def platform_facts(self) -> PlatformFacts:
        """What the gate needs to know of this computer and the last screen."""
        ...

    def identity(self) -> LocalIdentity:
        """Return credential and device key."""
        ...

    def name_of(self, account: str) -> str:
        """Return a cleaned name for an account."""
        ...

    def other_device(self) -> str:
        """Return the cleaned name of the person's other device, or words where it is not one."""
        ...

    def show_call(self) -> None:
        """Publish the current call."""
        ...

    def notice(self, sentence: SentenceView) -> None:
        """Publish something that happened outside the current call."""
        ...

    def save(self) -> None:
        """Keep what was learnt of contacts, and show it."""
        ...

    def call_over(self, record: CallState, reason: EndReason, words: Sentence) -> None:
        """Write the call down, and leave word of it where it was missed."""
        ...
