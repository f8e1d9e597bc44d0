"""What the service tells an engine of the policies that apply to its person.

New fields have defaults and unknown ones are ignored, so that engines and services of different
versions understand each other.
"""

from typing import Literal

import msgspec

E2EECalls = Literal["disabled", "user_choice", "required"]
GrantedTo = Literal["user", "group", "organisation"]


class Epoch(msgspec.Struct, frozen=True, order=True):
    """How new something is: of two, the one with the later timeline, then the higher number.

    Attributes:
        timeline: of the database; 0 for SQLite, until it is put back from a backup.
        number: grows with each change.
    """

    timeline: int = 0
    number: int = 0


class Policy(msgspec.Struct, frozen=True):
    """The encryption policy that applies to one person, with where it comes from.

    Attributes:
        name: the policy's name.
        source: what it was granted to.
        group: the group it came through, or "".
        rank: the rank of that group's grant, 0 where none.
        e2ee_calls: whether E2EE calls are possible, a choice or the only kind.
        require_compared: a call whose code was never compared ends after two minutes.
        relay_only: media only through a relay.
        compliance_recording: as the calling policy says, for engines that know no other.
        min_client: the oldest version that may log in, "" for any.
    """

    name: str
    source: GrantedTo
    e2ee_calls: E2EECalls
    group: str = ""
    rank: int = 0
    require_compared: bool = False
    relay_only: bool = False
    compliance_recording: bool = False
    min_client: str = ""


class CallPolicy(msgspec.Struct, frozen=True):
    """The calling policy that applies to one person: what calls that are not E2EE may do.

    Attributes:
        name, source, group, rank: as those of `Policy`.
        compliance_recording: calls are recorded by rule, which rules out E2EE.
        park_group: who may retrieve a parked call; "" for the whole organisation.
        keep_days: days after which recordings and transcripts go; 0 leaves it to the service.
    """

    name: str
    source: GrantedTo
    group: str = ""
    rank: int = 0
    captions: bool = True
    transcription: bool = False
    recording: bool = False
    transfer: bool = True
    park: bool = False
    merge: bool = True
    add_people: bool = True
    compliance_recording: bool = False
    park_group: str = ""
    keep_days: int = 0
