"""What an order that the engine's parts refuse is answered with: the one place that knows codes."""

from tui_call.calls.concurrent_events import OrderRefused, Why
from tui_call.config.write import SettingHeld
from tui_call.control.lines import ErrorCode
from tui_call.control.selection import NoOtherDevice, SeveralDevices
from tui_call.control.server import ActionRefused
from tui_call.engine.account.own_account import NoOpenAccount
from tui_call.engine.calls.gatekeeper import GateClosed
from tui_call.engine.directory import NoSuchPerson, OwnAddress, SeveralPeople
from tui_call.engine.service.faults import NotAllowed, TooManyDevices
from tui_call.errors import TuiCallError
from tui_call.identifiers import IdentifierError

_CODES: dict[type[TuiCallError], ErrorCode] = {
    NoOpenAccount: "wrong_state",
    SettingHeld: "wrong_state",
    TooManyDevices: "wrong_state",
    OrderRefused: "wrong_state",
    GateClosed: "gate",
    NoSuchPerson: "not_found",
    NoOtherDevice: "not_found",
    SeveralPeople: "invalid",
    SeveralDevices: "invalid",
    OwnAddress: "invalid",
    IdentifierError: "invalid",
    NotAllowed: "not_allowed",
}


def refusal(error: TuiCallError) -> ActionRefused | None:
    """Return how an order is refused for an error, None where it failed in some other way."""
    if isinstance(error, OrderRefused) and error.why is Why.UNKNOWN:
        return ActionRefused("not_found", error.sentence)
    code = _CODES.get(type(error))
    return ActionRefused(code, error.sentence) if code else None
