"""Standard calls for tests of the screen: several people, who can hear them, and what is off."""

from typing import Any

from tests.support.fake_engine import (
    CALL_ID,
    GRACE,
    NOW,
    PEOPLE,
    person,
    said,
)
from tui_call.control.views import CallView, CapabilityView, MemberView, PersonView

ALAN, KATHERINE = PEOPLE[1], PEOPLE[2]
_ON = (
    ("mute", "Mute"), ("hold", "Hold"), ("devices", "Devices"), ("notes", "Notes"),
    ("figures", "Figures"),
    ("transfer", "Transfer"), ("consult", "Ask first"), ("park", "Park"), ("merge", "Merge"),
    ("add", "Add people"), ("hand_over", "Hand over"),
)  # fmt: skip
_BY_POLICY = (
    ("record", "Record", "P_RECORD"),
    ("captions", "Captions", "P_CAPTIONS"),
    ("transcript", "Transcript", "P_TRANSCRIPT"),
)
CAPABILITIES = (
    *(CapabilityView(name, label, on=True) for name, label in _ON),
    CapabilityView(
        "keys", "Keys", on=False, short="the bridge hears", reason=said("SH_STANDARD", org="acme")
    ),
    *(
        CapabilityView(name, label, on=False, short="policy", reason=said(code, policy="desk"))
        for name, label, code in _BY_POLICY
    ),
)


def able(*names: str) -> tuple[CapabilityView, ...]:
    """Return what a standard call may do where these work, too."""
    return tuple(
        CapabilityView(view.name, view.label, on=True) if view.name in names else view
        for view in CAPABILITIES
    )


def member(whom: PersonView, number: int, **fields: Any) -> MemberView:
    """Return somebody who came five minutes ago."""
    given: dict[str, Any] = {"device": "laptop", "since": NOW - 300, **fields}
    return MemberView(whom, number=number, **given)


GRACE_IN, ALAN_IN, KATHERINE_IN = (
    member(GRACE, 1, device="desk phone"),
    member(ALAN, 2, added_by="Grace Hopper"),
    member(KATHERINE, 3, silent=True),
)


def standard_call(*members: MemberView, **fields: Any) -> CallView:
    """Return a standard call that is on, of some people or of Grace and Alan beside the person."""
    given: dict[str, Any] = {
        "id": CALL_ID,
        "direction": "outgoing",
        "phase": "active",
        "members": members or (GRACE_IN, ALAN_IN),
        "kind": "standard",
        "shield": said("SH_STANDARD", org="acme"),
        "why_standard": said("Y_MORE_THAN_TWO"),
        "started": NOW - 300,
        "microphone": "on",
        "capabilities": CAPABILITIES,
        "places_left": 13,
        "quality": "good",
        "path": "bridge/UDP",
    }
    return CallView(**{**given, **fields})


def crowd(people: int) -> CallView:
    """Return a standard call of so many, the person here among them."""
    names = [f"Person Number{number}" for number in range(1, people)]
    return standard_call(
        *(
            member(person(name, account=f"p{number}@acme"), number)
            for number, name in enumerate(names, 1)
        )
    )
