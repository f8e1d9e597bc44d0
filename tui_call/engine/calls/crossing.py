"""What the core needs to know of two calls with the same person, to say which one goes on."""

from tui_call.calls.rivals import CallOn, Invited
from tui_call.engine.calls.call_list import CallList
from tui_call.engine.calls.call_state import CallState
from tui_call.permissions.gate import Phase


def rivals(calls: CallList, account: str) -> tuple[CallOn, ...]:
    """Return the E2EE calls with somebody that the person knows of, as another one sees them."""
    records = (calls.records[call_id] for call_id in calls.at_hand.with_account(account))
    return tuple(_call_on(calls, record) for record in records if record.standard is None)


def own_call(calls: CallList, account: str) -> CallOn | None:
    """Return the call that was placed here to somebody, None if there is none."""
    return next((one for one in rivals(calls, account) if one.outgoing), None)


def invited(record: CallState) -> Invited:
    """Return a call that came in, as those that are on see it."""
    leg, peer = record.leg, record.leg.peer if record.leg else None
    return Invited(
        call_id=record.id,
        account=record.account,
        device=leg.device if leg else b"",
        identity_key=peer.identity_key if peer else b"",
        pinned_before=not record.first,
        forgot=record.forgot,
        order=record.order,
    )


def _call_on(calls: CallList, record: CallState) -> CallOn:
    active, runner = calls.leg(record), calls.runner(record)
    peer = record.leg.peer if record.leg else None
    agreed = record.phase in (Phase.CONNECTING, Phase.ACTIVE)
    outgoing = record.direction == "outgoing"
    ringing = runner.ringing if runner else ()
    concerned = ringing if outgoing and not agreed else (active,)
    return CallOn(
        call_id=record.id,
        account=record.account,
        outgoing=outgoing,
        agreed=agreed,
        identity_key=peer.identity_key if peer else b"",
        pinned_before=not record.first,
        devices=frozenset(leg.address.device for leg in concerned if leg),
        path_lost=record.quality == "lost",
        order=record.order,
    )
