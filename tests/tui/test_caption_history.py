"""What captions told, as it is kept: bounded, and in the order in which it was said."""

from tests.support.fake_engine import CALL_ID
from tests.tui.test_captions import spoken
from tui_call.tui.caption_history import MOST_UTTERANCES, CaptionHistory


def test_a_thousand_are_kept_of_a_call_and_none_of_one_that_is_over() -> None:
    kept = CaptionHistory()
    for number in range(1, MOST_UTTERANCES + 2):
        kept.take(spoken(number, f"Sentence {number}."))
    kept.take(spoken(1, "Long gone."))
    numbers = [one.utterance for one in kept.of(CALL_ID)]
    assert numbers == list(range(2, MOST_UTTERANCES + 2))
    kept.keep_only(["33" * 16])
    assert kept.of(CALL_ID) == []


def test_words_that_come_out_of_order_stand_in_order() -> None:
    kept = CaptionHistory()
    for number in (3, 1, 2):
        kept.take(spoken(number, f"Sentence {number}."))
    assert [one.utterance for one in kept.of(CALL_ID)] == [1, 2, 3]
    kept.take(spoken(1, "Changed.", revision=2))
    assert [one.text for one in kept.of(CALL_ID)] == ["Changed.", "Sentence 2.", "Sentence 3."]


def test_what_was_begun_first_stands_first_however_late_it_is_heard() -> None:
    kept = CaptionHistory()
    kept.take(spoken(1, "Second.", began=5.0))
    kept.take(spoken(2, "First", began=3.0, final=False))
    kept.take(spoken(3, "Third.", began=7.0))
    assert [one.text for one in kept.of(CALL_ID)] == ["First", "Second.", "Third."]
    kept.take(spoken(2, "Last of all.", revision=2, began=9.0))
    assert [one.text for one in kept.of(CALL_ID)] == ["Second.", "Third.", "Last of all."]


def test_what_was_said_before_a_call_went_on_as_another_stands_before_what_is_said_there() -> None:
    first, second, third = (number * "11" * 16 for number in (1, 2, 3))
    kept = CaptionHistory()
    kept.take(spoken(7, "One.", call=first, began=500.0))
    kept.take(spoken(1, "Three.", call=second, began=2.0))
    kept.take(spoken(9, "Two.", call=first, began=600.0))
    kept.go_on(first, second)
    kept.take(spoken(2, "Four.", call=second, began=3.0))
    kept.go_on(second, third)
    kept.take(spoken(1, "Five.", call=third, began=1.0))
    said = [one.text for one in kept.of(third)]
    assert said == ["One.", "Two.", "Three.", "Four.", "Five."]
    assert {one.call for one in kept.of(third)} == {third}
