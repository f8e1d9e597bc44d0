"""Policies as an engine takes them: the newest, with names cleaned, and told to the person."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.permissions.policy_cases import CASES, Applied, PolicyCase
from tests.support.one_process import Resident, Village, a_call, until, village
from tui_call.control.actions import ChangeAccountSetting, ChangePolicy
from tui_call.engine.account.rights import Rights
from tui_call.engine.news import rights_news
from tui_call.engine.views import encryption as views
from tui_call.permissions.evaluation import evaluate
from tui_call.permissions.policies import PolicySource
from tui_call.permissions.terms import as_mapping
from tui_call.sentences import sentence
from tui_call.service.beginning import new_organisation
from tui_call.service.policies import told_policies
from tui_call.signaling import messages
from tui_call.signaling.messages import PolicyChanged, RoleChanged
from tui_call.signaling.policies import CallPolicy, Epoch, Policy

HOSTILE = "\x1b[2J\u202eevil\n"


@pytest.fixture
def rights() -> Rights:
    """Rights of somebody who has heard of no policy yet."""
    nothing: Any = None
    return Rights(nothing, nothing)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_engine_has_the_policies_that_apply(case: PolicyCase, rights: Rights) -> None:
    rights.take_policies(PolicyChanged(*told_policies(case.book, case.person), Epoch(0, 1)))
    found = (rights.policy, rights.calling)
    assert tuple(Applied(one.name, one.source, one.group, one.rank) for one in found if one) == (
        case.expected
    )
    evaluation = evaluate(case.book, case.person)
    encryption = evaluation.encryption_terms
    assert rights.policy is not None
    assert {name: getattr(rights.policy, name) for name in encryption.__slots__} == {
        name: getattr(encryption, name) for name in encryption.__slots__
    }
    assert rights.calling is not None
    assert rights.calling.terms == evaluation.calling_terms


def news(number: int, e2ee_calls: str = "required", timeline: int = 0) -> PolicyChanged:
    policy = Policy(f"policy-{number}", "organisation", e2ee_calls)  # type: ignore[arg-type]
    calling = CallPolicy(f"calls-{number}", "organisation")
    return PolicyChanged(policy, calling, Epoch(timeline, number))


def names(rights: Rights) -> tuple[str, str]:
    assert rights.policy is not None
    assert rights.calling is not None
    return rights.policy.name, rights.calling.name


def test_policies_of_an_older_epoch_are_dropped(rights: Rights) -> None:
    rights.take_policies(news(5))
    for older in (news(4), news(0), news(9, timeline=-1)):
        rights.take_policies(older)
        assert names(rights) == ("policy-5", "calls-5")
    rights.take_policies(news(6))
    assert names(rights) == ("policy-6", "calls-6")
    rights.take_policies(news(1, timeline=1))
    assert names(rights) == ("policy-1", "calls-1"), "a later timeline comes before any number"


def test_policies_of_a_time_to_come_keep_no_later_ones_out(rights: Rights) -> None:
    rights.take_policies(news(1))
    rights.take_policies(news(2**63, timeline=2**63))
    restored = int(time.time())
    rights.take_policies(news(2, timeline=restored))
    assert names(rights) == ("policy-2", "calls-2")
    rights.take_policies(news(1, timeline=restored))
    assert names(rights) == ("policy-2", "calls-2")


def test_a_service_of_before_tells_one_policy_without_an_epoch(rights: Rights) -> None:
    for recorded in (True, False):
        policy = Policy("bank", "user", "user_choice", compliance_recording=recorded)
        rights.take_policies(PolicyChanged(policy))
        assert rights.epoch is None
        assert rights.calling is not None
        assert rights.calling.terms.compliance_recording is recorded
        assert (rights.calling.name, rights.calling.source) == ("bank", PolicySource.USER)


def test_names_are_cleaned(rights: Rights) -> None:
    policy = Policy(HOSTILE, "group", "disabled", HOSTILE, -3, min_client=HOSTILE)
    calling = CallPolicy(HOSTILE, "group", HOSTILE, 1, park_group=HOSTILE)
    rights.take_policies(PolicyChanged(policy, calling, Epoch()))
    assert rights.policy is not None
    assert rights.calling is not None
    clean = "[2Jevil"
    assert (rights.policy.name, rights.policy.group, rights.policy.min_client) == (clean,) * 3
    assert (rights.calling.name, rights.calling.group) == (clean,) * 2
    assert rights.calling.terms.park_group == clean


async def test_what_was_lost_on_the_way_comes_at_the_next_question(
    here: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights_news, "ASK_SECONDS", 0.1)
    ada, ben = await here.resident("ada"), await here.resident("ben")
    rights = ben.engine.rights
    known, epoch = rights.policy, rights.epoch
    await ada.order(ChangePolicy("required"))
    await until(lambda: rights.epoch != epoch)
    rights.policy, rights.epoch = known, epoch  # as if nothing had come
    await until(lambda: ben.snapshot.encryption.policy_allows == "required")
    assert rights.epoch == ada.engine.rights.epoch


async def test_another_role_is_shown_and_said_once(here: Village, ben: Resident) -> None:
    here.say(ben, RoleChanged("auditor"), RoleChanged("auditor"))
    await until(lambda: ben.snapshot.me.role == "auditor")
    assert ben.notices == ["G_ROLE"]


async def test_without_a_call_new_policies_are_told_as_a_notice(
    here: Village, ada: Resident, ben: Resident
) -> None:
    assert ben.notices == [], "what joining brings is no news"
    await ada.order(ChangePolicy("disabled"))
    await until(lambda: ben.notices == ["G_POLICY_E2EE_OFF"])
    off = ben.snapshot.notices[-1].sentence
    assert off.text == "E2EE calls were turned off for you: policy organisation rules them out."
    await ada.order(ChangePolicy("user_choice"))
    await until(lambda: ben.notices[1:] == ["G_POLICY_E2EE_ON"])
    assert ben.snapshot.notices[-1].sentence.text.startswith("E2EE calls are on from now on")
    await ada.order(ChangePolicy("disabled"))
    await ben.order(ChangeAccountSetting("off"))
    await ada.order(ChangePolicy("user_choice"))
    await until(lambda: len(ben.notices) == 4)
    asked = ben.snapshot.notices[-1].sentence
    assert asked.text == "E2EE was allowed for you. Turn it on for your calls?"
    assert [one.action for one in asked.remedies] == ["app.settings"]
    await ada.order(ChangePolicy(require_compared=True))
    await until(lambda: ben.notices[4:] == ["G_POLICY"])
    await ada.order(ChangePolicy(relay_only=True))
    await until(lambda: ben.snapshot.encryption.relay_only)
    assert len(ben.notices) == 5, "the next call is no other one"


async def test_a_policy_that_says_the_same_is_no_news_whoever_granted_it(
    here: Village, ada: Resident
) -> None:
    rights = ada.engine.rights
    before, epoch = rights.own, rights.epoch
    assert before.policy
    assert before.calling
    assert epoch
    said = {"e2ee_calls": before.policy.e2ee_calls.value}
    may = as_mapping(before.calling.terms)
    for number, captions in enumerate((may["captions"], not may["captions"]), 1):
        policy = Policy("mine", "user", **said)
        calling = CallPolicy("desk", "group", "desk", 1, **{**may, "captions": captions})
        later = Epoch(epoch.timeline, epoch.number + number)
        here.say(ada, PolicyChanged(policy, calling, later))
        await until(lambda later=later: rights.epoch == later)
        told = views.rights_news(before, rights.own, standard=True)
        assert (told is None) == (number == 1)
        assert ada.notices == ["G_POLICY"] * (number - 1)
    assert told == sentence("G_POLICY", "standard", policy="desk")


async def test_who_is_recorded_by_rule_has_no_e2ee_calls_and_reads_why(
    here: Village, ada: Resident
) -> None:
    rights = ada.engine.rights
    assert rights.epoch is not None
    calling = CallPolicy("traders", "group", "trading", 2, compliance_recording=True)
    later = Epoch(0, rights.epoch.number + 1)
    here.say(ada, PolicyChanged(Policy("all", "organisation", "user_choice"), calling, later))
    await until(lambda: not ada.snapshot.encryption.on)
    shown = ada.snapshot.encryption.calling
    assert shown is not None
    assert shown.decided_by.text == "Policy traders, from your group trading (rank 2)."
    assert shown.terms["compliance_recording"] is True
    shown = ada.snapshot.encryption
    assert shown.status.text == "E2EE calls are off: your calls are recorded by rule (traders)."
    assert shown.decided_by.text == "Policy traders, from your group trading (rank 2)."
    assert ada.notices == ["G_POLICY_E2EE_OFF"]


async def test_joining_an_organisation_never_changes_its_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = new_organisation("acme", "Acme", "Ada")
    async with village(tmp_path, monkeypatch, beginning=acme) as here:
        invite = await here.service.invite_first_administrator()
        ada = await here.resident("ada", invite=invite.link, e2ee=False)
        assert ada.engine.rights.role == "admin"
        shown = ada.snapshot.encryption
        assert (shown.policy_allows, shown.account_setting) == ("disabled", "on")
        assert shown.status.code == "OFF_POLICY"
        assert here.gateway.of(messages.ChangePolicy) == []


async def test_a_standard_call_is_not_told_that_it_stays_e2ee(here: Village, ada: Resident) -> None:
    before = ada.engine.rights.own
    await ada.order(ChangePolicy("disabled"))
    await until(lambda: not ada.engine.rights.own.on)
    told = views.rights_news(before, ada.engine.rights.own, standard=True)
    assert told == sentence("G_POLICY_E2EE_OFF", "standard", who="you")
    assert "stays" not in told.text


async def test_a_call_keeps_its_kind_where_policies_change_in_it(
    here: Village, ada: Resident, ben: Resident
) -> None:
    async with a_call(ada, ben):
        await ada.order(ChangePolicy("disabled"))
        await until(lambda: not ben.snapshot.encryption.on)
        assert "G_POLICY_E2EE_OFF" in [event.sentence.code for event in ben.call.events]
        assert ben.notices == []
        await ben.hears_more()
        assert (ben.phase, ada.phase) == ("active", "active")
