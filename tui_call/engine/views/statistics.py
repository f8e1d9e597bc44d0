"""The figures of a call for screens, `tui-call stats` and the demo."""

from tui_call.control.lines import Statistics
from tui_call.engine.calls.owner import VoiceLeg
from tui_call.engine.sound.sound import Sound
from tui_call.voice.sound import FRAME_SECONDS


def statistics_of(leg: VoiceLeg | None, sound: Sound, now: float) -> Statistics | None:
    """Return the figures of a call at `now`, in monotonic seconds; None before it has media."""
    if leg is None or leg.media is None:
        return None
    media, counts = leg.media, leg.counts
    played = media.playout.statistics()
    path = media.monitor.figures_at(now)
    due = played.played + played.malformed + played.recovered_by_copies + played.lost
    round_trip = media.round_trip or 0.0
    started = sound.started
    return Statistics(
        delay_ms=FRAME_SECONDS * 1000 + round_trip * 500 + played.buffer_ms + sound.latency_ms,
        round_trip_ms=round_trip * 1000,
        jitter_ms=path.jitter_ms,
        loss=path.loss,
        concealed=played.concealed / due if due else 0.0,
        buffer_ms=played.buffer_ms,
        frames_sent=media.frames_sent,
        frames_received=played.received,
        frames_lost=played.lost,
        frames_concealed=played.concealed,
        frames_recovered=played.recovered_by_copies + played.recovered_by_fec,
        wanted_ms=played.wanted_ms,
        sending_bitrate=media.coding.bitrate,
        sending_copies=media.sending.copies,
        foreign_dropped=media.foreign_dropped,
        replayed_dropped=media.replayed_dropped,
        datagrams_filtered=counts.datagrams_filtered,
        generation=counts.generation,
        call=counts.call_id.hex(),
        path_number=counts.path_number,
        path_changes=counts.path_changes,
        packet_sizes=tuple(sorted(media.packet_sizes)),
        setup_ms=counts.setup_ms,
        input_started=started[0],
        output_started=started[1],
    )
