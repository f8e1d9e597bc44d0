"""What screens show of policy and setting, and of what may be done in a call."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from tui_call.control.views import CallingView, CapabilityView, EncryptionView
from tui_call.permissions.encryption import OwnEncryption
from tui_call.permissions.explain import (
    Explanation,
    Names,
    explain_decision,
    explain_off,
    explain_own,
    label_of,
)
from tui_call.permissions.gate import IN_CALL, Capability, Off, On
from tui_call.permissions.policies import CallingPolicy
from tui_call.permissions.settings import AccountSetting, DeviceSetting
from tui_call.permissions.terms import as_mapping
from tui_call.reasons import GateReason
from tui_call.sentences import Sentence, sentence

_VIEWS_KEPT = 128
"""Of what a call may do: as many as some calls with different people have."""


def encryption_view(
    own: OwnEncryption,
    names: Names,
    account: AccountSetting,
    device: DeviceSetting,
    device_source: str,
) -> EncryptionView:
    """Return whether E2EE calls are on for the person here, why, and who decided."""
    explanation: Explanation = explain_own(own, names)
    policy = own.policy
    return EncryptionView(
        on=own.on,
        status=explanation.sentence,
        decided_by=explanation.decided_by,
        more=own.more,
        policy=policy.name if policy else "",
        policy_allows=policy.e2ee_calls.value if policy else "disabled",
        require_compared=bool(policy and policy.require_compared),
        relay_only=bool(policy and policy.relay_only),
        account_setting=account.value,
        device_setting=device.value,
        device_setting_source=device_source,
        calling=_calling_view(own.calling, names) if own.calling else None,
    )


def _calling_view(policy: CallingPolicy, names: Names) -> CallingView:
    decided = explain_decision(policy.decided_by, names)
    return CallingView(policy.name, decided, as_mapping(policy.terms))


def rights_news(before: OwnEncryption, now: OwnEncryption, *, standard: bool) -> Sentence | None:
    """Return what a person in a call reads of new rights, None where they are the same for calls.

    Relays only is no such right: the call itself follows it.

    Args:
        before: what held.
        now: what holds.
        standard: the call is a standard one, which goes by a new policy at once.
    """
    audience = "standard" if standard else "policy"
    if before.policy is None or now.policy is None:
        return None
    if before.on and not now.on:
        return sentence("G_POLICY_E2EE_OFF", audience, who="you")
    if _ruled_out(before) and now.reasons == (GateReason.SETTING,):
        return sentence("G_POLICY_E2EE_ON")
    changed = _changed(before, now)
    return sentence("G_POLICY", audience, policy=changed) if changed else None


def rights_notice(before: OwnEncryption, now: OwnEncryption) -> Sentence | None:
    """Return what a person who is in no call reads of new policies, None where they are the same.

    Before a service has told the first ones nothing is new.
    """
    if before.policy is None or now.policy is None:
        return None
    if _ruled_out(now) and not _ruled_out(before):
        assert now.ruled_out_by is not None
        return sentence("G_POLICY_E2EE_OFF", "no call", policy=now.ruled_out_by.name)
    if _ruled_out(before) and not _ruled_out(now):
        if now.reasons == (GateReason.SETTING,):
            return sentence("G_POLICY_E2EE_ON")
        return sentence("G_POLICY_E2EE_ON", "on", policy=now.policy.name)
    changed = _changed(before, now)
    return sentence("G_POLICY", "no call", policy=changed) if changed else None


_BY_POLICY = {GateReason.POLICY, GateReason.COMPLIANCE}


_NO_OTHER_CALL = ("name", "source", "group", "rank", "relay_only", "min_client")
"""Of an encryption policy: with other ones of these alone a call is what it was."""


def _ruled_out(own: OwnEncryption) -> bool:
    return not _BY_POLICY.isdisjoint(own.reasons)


def _changed(before: OwnEncryption, now: OwnEncryption) -> str:
    """Return the name of a policy by which the next call is another one, "" for none.

    One that says the same is none, whoever granted it to whom.
    """
    known, policy, calling = before.policy, now.policy, now.calling
    assert known is not None
    assert policy is not None
    same = {name: getattr(policy, name) for name in _NO_OTHER_CALL}
    if replace(known, **same) != policy:
        return policy.name
    if calling is None or (before.calling and calling.terms == before.calling.terms):
        return ""
    return calling.name


def capability_views(
    answers: Mapping[Capability, On | Off], names: Names
) -> tuple[CapabilityView, ...]:
    """Return every capability of a call, on or off with its own reason."""
    return tuple(
        _capability_view(
            capability, answer if isinstance(answer := answers[capability], Off) else None, names
        )
        for capability in IN_CALL
    )


# A call is shown anew with each of its changes, few of which change what it may do.
@lru_cache(_VIEWS_KEPT)
def _capability_view(capability: Capability, off: Off | None, names: Names) -> CapabilityView:
    label = label_of(capability)
    if off is None:
        return CapabilityView(capability.value, label, on=True)
    explanation = explain_off(capability, off, names)
    return CapabilityView(
        capability.value,
        label,
        on=False,
        short=off.short,
        reason=explanation.sentence,
        decided_by=explanation.decided_by,
    )
