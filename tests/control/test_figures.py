from tui_call.control.figures import named_figures, sparkline, summary
from tui_call.control.lines import Statistics


def test_every_figure_has_a_name_and_empty_ones_a_word() -> None:
    empty = dict(named_figures(Statistics()))
    assert empty["round trip"] == empty["sending"] == "—"
    assert empty["packet sizes"] == "none yet"
    full = dict(named_figures(Statistics(sending_copies=(1, 3), sending_bitrate=20_800)))
    assert full["sending"] == "21 kbit/s, copies 1, 3"
    attacked = dict(named_figures(Statistics(replayed_dropped=3)))
    assert attacked["replays dropped"] == "3"
    assert len(empty) % 2 == len(attacked) % 2 == 0, "a screen shows them in two columns"


def test_the_summary_names_what_happened_and_nothing_that_did_not() -> None:
    assert summary(Statistics(delay_ms=61.2)) == "61 ms from mouth to ear, 0.0 % made up"
    long = summary(Statistics(concealed=0.012, frames_recovered=40, path_changes=2))
    assert long.endswith("1.2 % made up, 40 lost frames repaired, another path 2×")


def test_bars_show_the_newest_and_small_changes_stay_small() -> None:
    assert sparkline([], 10, 100) == ""
    assert sparkline([0, 50, 100], 10, 100) == "▁▅█"
    assert sparkline([1, 2, 3], 2, 100) == "▁▁"
    assert sparkline([50, 400], 5, 100) == "▂█"


def test_a_minute_has_room_in_twelve_bars_and_a_spike_in_it_is_seen() -> None:
    minute = [50.0] * 60
    assert sparkline(minute, 12, 400) == "▂" * 12
    minute[20] = 400
    assert sparkline(minute, 12, 400) == "▂▂▂▂█▂▂▂▂▂▂▂"
    assert len(sparkline(minute[:-1], 12, 400)) == 12
