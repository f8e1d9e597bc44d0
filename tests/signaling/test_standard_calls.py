"""What the messages of standard calls promise is what the calls do."""

from tui_call.signaling import standard_calls as messages
from tui_call.standard_calls import state


def test_engines_reckon_with_the_limits_of_the_calls() -> None:
    assert messages.MOST_MEMBERS == state.MOST_MEMBERS
    assert messages.LOST_SECONDS == state.LOST_SECONDS
