"""Messages to other devices, through the service: numbered, and repeated where that is wanted."""

import asyncio
import math
import time
from collections.abc import Callable

from tui_call.calls.acknowledged import Envelope, Outbox
from tui_call.identifiers import IdentifierError, parse_identifier
from tui_call.signaling.messages import Acknowledge, Acknowledged, ClientMessage, Deliver, Send
from tui_call.tasks import OnFailure, attempt, log_failure


class Postbox:
    """Sends for all calls; keeps no message of a call that was forgotten."""

    def __init__(
        self, transmit: Callable[[ClientMessage], bool], on_failure: OnFailure = log_failure
    ) -> None:
        """Send nothing yet.

        Args:
            transmit: hands a message to the service, and tells whether it could.
            on_failure: takes what nobody foresaw in sending one again.
        """
        self._transmit = transmit
        self._on_failure = on_failure
        self._outbox = Outbox()
        self._timer: asyncio.TimerHandle | None = None

    def send(
        self,
        call: bytes,
        account: str,
        device: bytes,
        payload: bytes,
        *,
        repeat: bool,
        seconds: float = math.inf,
    ) -> None:
        """Send a payload to a device; with `repeat` until it is acknowledged, or for `seconds`."""
        envelope = self._outbox.number(call, account, device, payload)
        if repeat:
            self._outbox.keep(envelope, time.monotonic(), seconds)
        self._put(envelope)
        self._set_timer()

    def send_anew(self, call: bytes, account: str, device: bytes, payload: bytes) -> None:
        """Send a payload until it is acknowledged; what was said before in its thread is over."""
        self.forget(call)
        self.send(call, account, device, payload, repeat=True)

    def acknowledge(self, message: Deliver) -> None:
        """Tell the sender that its message is here."""
        self._transmit(
            Acknowledge(message.call, message.sequence, message.from_account, message.from_device)
        )

    def acknowledged(self, message: Acknowledged) -> None:
        """Stop repeating what has arrived."""
        try:
            call, device = parse_identifier(message.call), parse_identifier(message.from_device)
        except IdentifierError:
            return
        self._outbox.acknowledged(call, message.sequence, message.from_account, device)
        self._set_timer()

    def forget(self, call: bytes) -> None:
        """Stop repeating anything of a call."""
        self._outbox.forget(call)
        self._set_timer()

    def forget_device(self, call: bytes, device: bytes) -> None:
        """Stop repeating to one device of a call."""
        self._outbox.forget_device(call, device)
        self._set_timer()

    def close(self) -> None:
        """Stop repeating."""
        if self._timer is not None:
            self._timer.cancel()

    def _put(self, envelope: Envelope) -> None:
        self._transmit(
            Send(
                envelope.call.hex(),
                envelope.sequence,
                envelope.account,
                envelope.device.hex(),
                envelope.payload,
            )
        )

    def _set_timer(self) -> None:
        self.close()
        deadline = self._outbox.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self._repeat)

    def _repeat(self) -> None:
        for envelope in self._outbox.due(time.monotonic()):
            attempt(self._on_failure, "repeat", self._put, envelope)
        self._set_timer()
