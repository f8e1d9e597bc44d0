"""What helps is told as what one can say: a command there, a verb at the prompt."""

import pytest

from tui_call.control import remedies
from tui_call.control.remedies import with_remedies
from tui_call.control.verbs import BY_NAME, Face
from tui_call.sentences import sentence


@pytest.mark.parametrize(
    ("code", "command", "line"),
    [
        ("R_BUSY", " (tui-call call NAME)", " (call NAME)"),
        (
            "N_NOCALL",
            " (tui-call contacts [TEXT] or tui-call call NAME)",
            " (contacts [TEXT] or call NAME)",
        ),
        ("O_FAILED", " (tui-call doctor)", " (tui-call doctor)"),
        ("R_OWN_REQUIRE", "", ""),
        ("N_AUDIOLIB", "", ""),
        ("G_PARK_WAITS", " (tui-call retrieve SLOT)", " (retrieve SLOT)"),
    ],
    ids=["one key", "two keys", "command", "nobody has it", "said already", "key of two screens"],
)
def test_a_sentence_names_what_helps(code: str, command: str, line: str) -> None:
    words = sentence(code, peer="Ada", slot=71, time="14:00")
    assert with_remedies(words, Face.COMMAND) == words.whole + command
    assert with_remedies(words, Face.LINES) == words.whole + line


def test_every_key_leads_to_a_verb_that_there_is() -> None:
    assert set(remedies._VERBS.values()) <= set(BY_NAME)
