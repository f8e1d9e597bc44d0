"""The bridge worker and the tap, as the service speaks with them."""

from tui_call.service.process_link import LineLanguage, ProcessBeside, ProcessLink
from tui_call.signaling import bridge_messages, tap_messages
from tui_call.signaling.bridge_messages import FromWorker, ToWorker, WorkerHello
from tui_call.signaling.liveness import LivenessCheck
from tui_call.signaling.tap_messages import FromTap, TapHello, ToTap

WorkerLink = ProcessLink[ToWorker, FromWorker]
TapLink = ProcessLink[ToTap, FromTap]


def _worker_named(message: FromWorker) -> str | None:
    if not isinstance(message, WorkerHello):
        return None
    _expect(message.version, bridge_messages.VERSION)
    return message.worker


def _tap_named(message: FromTap) -> str | None:
    if not isinstance(message, TapHello):
        return None
    _expect(message.version, tap_messages.VERSION)
    return message.tap


def _expect(version: int, known: int) -> None:
    if version != known:
        raise ValueError


WORKER_LINES: LineLanguage[ToWorker, FromWorker] = LineLanguage(
    "bridge worker",
    bridge_messages.MOST_LINE,
    bridge_messages.encode_line,
    bridge_messages.from_worker_decoder.decode,
    _worker_named,
    LivenessCheck(),
)
TAP_LINES: LineLanguage[ToTap, FromTap] = LineLanguage(
    "tap",
    tap_messages.MOST_LINE,
    tap_messages.encode_line,
    tap_messages.from_tap_decoder.decode,
    _tap_named,
    LivenessCheck(),
)


def worker_link(process: ProcessBeside) -> WorkerLink:
    """Return a link to the bridge worker."""
    return ProcessLink(process, WORKER_LINES)


def tap_link(process: ProcessBeside) -> TapLink:
    """Return a link to the tap."""
    return ProcessLink(process, TAP_LINES)
