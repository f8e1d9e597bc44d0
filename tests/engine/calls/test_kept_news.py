"""What each of the people of a standard call reads of what is kept and shown of it."""

import pytest

from tests.engine.calls.test_call_state import record_of_a_call
from tests.engine.calls.test_standard_news import ADA, BEN, CLEO, NAMES, speaks
from tui_call.engine.calls.standard_facts import StandardFacts
from tui_call.engine.calls.standard_news import told_sentences
from tui_call.engine.calls.standard_told import kept_in
from tui_call.engine.views.history import history_views
from tui_call.engine.views.standard import kept_view
from tui_call.reasons import EndReason
from tui_call.signaling.standard_calls import CallChanged, CallMember, CallNews, KeptNow

BY_ADA = KeptNow(32 * "a", ADA, "Ada", 100)
BY_RULE = KeptNow(32 * "a", "", "", 100)


def read_by(account: str, *members: CallMember, comes: bool = False, **told: object) -> list[str]:
    """Return what somebody reads of a call as it was told."""
    call = CallChanged(32 * "0", 1, members, **told)  # type: ignore[arg-type]
    names = {one.account: NAMES[one.account] for one in members if one.account != account}
    facts = StandardFacts(account, "device", account, None, call, names=names)
    return [words.text for words in told_sentences(call, facts, comes=comes)]


@pytest.mark.parametrize(
    ("account", "text"),
    [
        (ADA, "You started recording. Everybody heard the tone."),
        (BEN, "Ada started recording. Everybody heard the tone."),
        (CLEO, "Ada wants to record. You may refuse, or leave."),
    ],
)
def test_who_is_asked_first_reads_the_question(account: str, text: str) -> None:
    members = (speaks(ADA, kept="kept"), speaks(BEN, kept="kept"), speaks(CLEO, kept="asked"))
    news = (CallNews("recording", ADA),)
    assert read_by(account, *members, news=news, recording=BY_ADA) == [text]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("recording", "Ada started recording. Nothing that you say is in it."),
        ("transcript", "Ada started a transcript. Nothing that you say is in it."),
    ],
)
def test_who_has_refused_does_not_read_that_what_they_say_is_kept(what: str, text: str) -> None:
    members = (speaks(ADA, kept="kept"), speaks(BEN, kept="refused"))
    told = {what: BY_ADA, "news": (CallNews(what, ADA),)}
    assert read_by(BEN, *members, **told) == [text]


def test_who_comes_later_reads_what_is_kept_though_its_starter_is_gone() -> None:
    told = {"recording": BY_ADA, "transcript": BY_RULE, "news": (CallNews("joined", CLEO),)}
    members = (speaks(BEN, kept="kept"), speaks(CLEO, kept="kept"))
    said = read_by(CLEO, *members, comes=True, **told)
    assert said == [
        "Ada started recording. Everybody heard the tone.",
        "A transcript is kept by rule. What you say is kept as text.",
    ]
    assert read_by(BEN, *members, **told) == ["Cleo joined (2 people)."]


def test_who_began_it_and_comes_back_is_asked_as_such() -> None:
    members = (speaks(ADA, kept="asked"), speaks(BEN, kept="kept"))
    asks = "You began to keep this call. May what you say be kept again?"
    for what in ("recording", "transcript"):
        said = read_by(ADA, *members, comes=True, news=(CallNews("joined", ADA),), **{what: BY_ADA})
        assert said == [asks]


def test_who_comes_as_it_begins_reads_it_once() -> None:
    news = (CallNews("recording", ADA),)
    members = (speaks(ADA), speaks(BEN))
    assert len(read_by(BEN, *members, comes=True, news=news, recording=BY_ADA)) == 1


@pytest.mark.parametrize(
    ("news", "text"),
    [
        (CallNews("recording_over", ADA), "Ada stopped recording."),
        (CallNews("recording_over"), "The recording is over. The file is kept."),
        (CallNews("recording_over", why="N_DISK"),
         "Recording stopped: the disk is full. What was recorded is kept."),
        (CallNews("transcript_over", ADA, why="G_POLICY_TRANSCRIPT"),
         "A policy changed: the transcript stopped. The file is kept."),
        (CallNews("transcript_over", why="N_ENGINE"),
         "The transcript stopped: the service needs an engine, tui-call[captions]."),
        (CallNews("transcript_over", why="N_ENGINE_MODEL"),
         "The transcript stopped: the service has no speech model that it reads."),
        (CallNews("transcript_over", why="N_ENGINE_HUNG"),
         "The transcript stopped: the speech engine does not answer."),
        (CallNews("recording_unbegun", why="N_TAP"),
         "Nothing can be kept or read now: the recorder does not start. Try again."),
        (CallNews("transcript_unbegun", why="N_ENGINE_HUNG"),
         "The transcript stopped: the speech engine does not answer."),
        (CallNews("recording_unbegun", ADA, why="G_POLICY_REC"),
         "A policy changed: recording did not begin."),
        (CallNews("recording_unbegun", ADA),
         "Ada stopped recording before it began. Nothing was kept."),
        (CallNews("transcript_unbegun"),
         "The transcript was stopped before it began. Nothing was kept."),
        (CallNews("recording_over", ADA, why="X_OF_ANOTHER_VERSION"), "Ada stopped recording."),
        (CallNews("kept_lost"), "Keeping broke off: nothing is kept until it goes on or ends."),
        (CallNews("kept_again"), "Keeping broke off and goes on. A moment of it is missing."),
        (CallNews("agreed", ADA), "Ada agreed: what they say from now on is kept."),
        (CallNews("refused", ADA), "From now on nothing of Ada is kept: that is their own word."),
        (CallNews("refused", BEN), "From now on nothing of you is kept, and the others know it."),
        (CallNews("captions", ADA), "Ada shows captions."),
        (CallNews("captions_over", BEN), "You show captions no more."),
        (CallNews("captions_over", why="N_ENGINE_HUNG"),
         "Captions stopped: the speech engine does not answer. The call goes on."),
    ],
)  # fmt: skip
def test_all_read_what_somebody_did_or_why_it_is_over(news: CallNews, text: str) -> None:
    assert read_by(BEN, speaks(ADA), speaks(BEN), news=(news,)) == [text]


def test_a_recording_is_shown_with_who_started_it_by_the_name_that_is_known_here() -> None:
    facts = StandardFacts(BEN, "device", BEN, None, names={ADA: "Ada of the house"})
    shown = [kept_view(one, facts) for one in (BY_ADA, BY_RULE, None)]
    assert [one and one.by for one in shown] == ["Ada of the house", "", None]


def test_a_past_call_says_what_was_kept_of_it_though_that_was_stopped_before() -> None:
    record, opening = record_of_a_call(), KeptNow(32 * "b", BEN, "Ben", 100, starting=True)
    for told in (
        CallChanged(32 * "0", 1, (), recording=BY_ADA, transcript=opening),
        CallChanged(32 * "0", 2, ()),
    ):
        record.was_kept |= kept_in(told)
    [past] = history_views([record.past_call(EndReason.HUNG_UP)])
    assert past.kept == ("recording",)
