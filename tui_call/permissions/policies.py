"""The policies that apply to a person, one of each kind, and who decided something."""

from dataclasses import dataclass
from enum import StrEnum

from tui_call.permissions.terms import CallingTerms, E2EECalls


class PolicySource(StrEnum):
    """What a policy was granted to; of several, the first of these applies."""

    USER = "user"
    GROUP = "group"
    ORGANISATION = "organisation"


class Authority(StrEnum):
    """Who decides. The value is the code of the sentence that says so."""

    POLICY_OF_USER = "SRC_USER"
    POLICY_OF_GROUP = "SRC_GROUP"
    POLICY_OF_ORGANISATION = "SRC_ORG"
    SETTING = "SRC_SELF"
    DEVICE = "SRC_DEVICE"
    SERVICE = "SRC_SERVICE"
    BRIDGE = "SRC_BRIDGE"
    OTHERS = "SRC_OTHERS"
    CALL_KIND = "SRC_KIND"
    STANDARD_KIND = "SRC_STANDARD"
    CALL_STATE = "SRC_STATE"


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Who decided, with the names for the person concerned and for nobody else.

    Attributes:
        authority: what kind of authority.
        policy: the policy's name, "" where none decided.
        group: the group through which it applies, or "".
        rank: the rank of that group's grant, 1 is highest; 0 where none.
        file: where the own setting stands: "account", "client.toml", …, or "".
    """

    authority: Authority
    policy: str = ""
    group: str = ""
    rank: int = 0
    file: str = ""

    @property
    def origin(self) -> str:
        """Where a policy comes from, in a word or two for the person concerned."""
        if self.authority is Authority.POLICY_OF_GROUP:
            return f"group {self.group}"
        return "yours" if self.authority is Authority.POLICY_OF_USER else "organisation"


_AUTHORITY = {
    PolicySource.USER: Authority.POLICY_OF_USER,
    PolicySource.GROUP: Authority.POLICY_OF_GROUP,
    PolicySource.ORGANISATION: Authority.POLICY_OF_ORGANISATION,
}


class _AppliedPolicy:
    """What a policy that applies has, of whichever kind."""

    __slots__ = ()
    name: str
    source: PolicySource
    group: str
    rank: int

    @property
    def decided_by(self) -> DecidedBy:
        """This policy as the one that decided."""
        return DecidedBy(_AUTHORITY[self.source], self.name, self.group, self.rank)


@dataclass(frozen=True, slots=True)
class EncryptionPolicy(_AppliedPolicy):
    """The one encryption policy that applies to a person, as the service told it.

    Attributes:
        name: the policy's name.
        source: what it was granted to.
        e2ee_calls: whether E2EE calls are ruled out, a choice or the only kind.
        group: the group through which it applies, or "".
        rank: the rank of that group's grant, 1 is highest; 0 where none.
        require_compared: a call whose code was never compared ends after two minutes.
        relay_only: media only through a relay.
        min_client: the oldest version that the service lets in, "" for any.
    """

    name: str
    source: PolicySource
    e2ee_calls: E2EECalls
    group: str = ""
    rank: int = 0
    require_compared: bool = False
    relay_only: bool = False
    min_client: str = ""


@dataclass(frozen=True, slots=True)
class CallingPolicy(_AppliedPolicy):
    """The one calling policy that applies to a person, as the service told it.

    Attributes:
        name, source, group, rank: as those of `EncryptionPolicy`.
        terms: what it says.
    """

    name: str
    source: PolicySource
    terms: CallingTerms
    group: str = ""
    rank: int = 0

    @property
    def recording_rule(self) -> str:
        """Its name where it records every call, "" where it does not."""
        return self.name if self.terms.compliance_recording else ""
