"""Calls between two people: code, standing, refusals, capabilities, what travels, other clients."""

import asyncio
import re

import pytest

from tests.support import strangers
from tests.support.engines import Person, Street, a_call, hang_up, online, place
from tests.support.sockets import Address, udp_ports
from tests.support.strangers import A_SECOND
from tui_call.control.actions import (
    Answer,
    Call,
    ChangePolicy,
    Compare,
    Consent,
    Decline,
    DismissCall,
    FindNewPath,
    HangUp,
    Hold,
    Mute,
    Note,
    SetPresence,
    UseCapability,
)

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CAPABILITIES = {
    "record": "E_RECORD",
    "captions": "E_CAPTIONS",
    "transcript": "E_TRANSCRIPT",
    "transfer": "E_TRANSFER",
    "consult": "E_CONSULT",
    "park": "E_PARK",
    "merge": "E_MERGE",
    "add": "E_ADD",
    "hand_over": "E_HANDOVER",
}


async def test_by_name_and_by_address_both_sides_show_the_same_code(street: Street) -> None:
    seen = set()
    for called in ("ben", street.ben.account):
        await street.ada.until(
            lambda one: any(known.name == "Ben" for known in one.snapshot.people)
        )
        await street.ada.order(Call(called))
        await street.ben.until(lambda one: one.phase == "ringing")
        await street.ben.order(Answer())
        for person in (street.ada, street.ben):
            await person.until(lambda one: one.phase == "active")
        ours, theirs = street.ada.call.member.code, street.ben.call.member.code
        assert ours is not None
        assert theirs is not None
        assert (ours.digits, ours.words, ours.emoji) == (theirs.digits, theirs.words, theirs.emoji)
        assert (ours.caller, theirs.caller) == (True, False)
        assert len(ours.digits.replace(" ", "")) == 20
        seen.add(ours.digits)
        await hang_up(street.ada, street.ben)
        assert street.ada.call.end_reason is not None
        assert street.ada.call.end_reason.code == "G_ENDED"
    assert len(seen) == 2


async def compare_in_person(person: Person, other: Person) -> None:
    (shown,) = [one for one in person.snapshot.people if one.account == other.account]
    await person.order(Compare("match", "in person", other.account, shown.fingerprint))


async def test_what_is_known_of_a_key(street: Street) -> None:
    """From a first call over comparing to codes that differ, and back by comparing in person."""
    ada, cleo = street.ada, await street.home.person("cleopatra")
    async with a_call(ada, cleo):
        assert (ada.shield, cleo.shield) == ("SH_NEW", "SH_NEW")
    async with a_call(ada, cleo):
        assert (ada.shield, cleo.shield) == ("SH_SEEN", "SH_SEEN")
        await ada.order(Compare("match", "digits", code=ada.code))
        assert ada.shield == "SH_COMPARED"
        await ada.order(Compare("undo"))
        assert ada.shield == "SH_SEEN"
        await ada.order(Compare("match", "emoji", code=ada.code))
    async with a_call(cleo, ada):
        assert (ada.shield, cleo.shield) == ("SH_COMPARED", "SH_SEEN")
        await ada.order(Compare("differ", code=ada.code))
        for person in (ada, cleo):
            await person.until(lambda one: one.phase == "ended")
            assert person.call.end_reason is not None
            assert person.call.end_reason.code == "SH_DIFFER"
    for person, other in ((ada, cleo), (cleo, ada)):
        assert (await person.refused(Call(other.account))).code == "R_CODES_MARK"
    await compare_in_person(ada, cleo)
    await ada.order(Call(cleo.account))
    await cleo.until(lambda one: "R_CODES_MARK" in one.notices)
    assert cleo.phase == "ended"
    await ada.order(HangUp())
    await compare_in_person(cleo, ada)
    async with a_call(ada, cleo):
        assert ada.shield == "SH_COMPARED"
    await cleo.stop()


def asked(person: Person) -> str:
    """Return what a person is asked about the call in front."""
    assert person.call.question is not None
    return person.call.question.whole


async def test_e2ee_turned_off_in_a_file_makes_the_next_call_ask_on_both_sides(
    street: Street,
) -> None:
    ada, ben = street.ada, street.ben
    async with a_call(ada, ben):
        file = ben.paths.client_files.user
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('[e2ee]\ncalls = "off"\n')
        await ben.until(lambda one: not one.snapshot.encryption.on)
        assert ben.snapshot.encryption.device_setting_source == "client.toml"
        await ben.hears_more()  # the call that is on stays as it is
    await ada.order(Call(ben.account))
    await ada.until(lambda one: one.call.question is not None)
    assert asked(ada) == (
        "You had E2EE with Ben. This call would not be. Call anyway? "
        "Not E2EE: the E2EE setting of Ben is off."
    )
    assert ben.notices == []
    await ada.order(Consent(yes=False, code="Q_FIRST"))
    await ben.order(DismissCall())
    await ben.order(Call(ada.account))
    assert asked(ben) == (
        "You had E2EE with Ada. This call would not be. Call anyway? "
        "Not E2EE: your E2EE setting is off."
    )
    await ben.order(Consent(yes=False, code="Q_FIRST"))
    assert (ada.phase, ben.phase) == ("ended", "ended")
    file.unlink()
    await ben.until(lambda one: one.snapshot.encryption.on)


async def test_a_policy_that_rules_e2ee_out_is_the_reason(street: Street) -> None:
    await street.ada.order(ChangePolicy("disabled"))
    try:
        await street.ben.until(lambda one: one.snapshot.encryption.status.code == "OFF_POLICY")
        await street.ben.order(Call(street.ada.account))
        assert "Not E2EE: policy " in asked(street.ben)
        await street.ben.order(Consent(yes=False, code="Q_FIRST"))
        assert (await street.ben.refused(ChangePolicy("required"))).text == (
            "Only administrators can do that."
        )
    finally:
        await street.ada.order(ChangePolicy("user_choice"))
    for person in (street.ada, street.ben):
        await person.until(lambda one: one.snapshot.encryption.on)


async def test_what_needs_a_third_listener_answers_with_its_reason(street: Street) -> None:
    async with a_call(street.ben, street.ada):
        said = {name: await street.ada.refused(UseCapability(name)) for name in CAPABILITIES}
        assert {name: words.code for name, words in said.items()} == CAPABILITIES
        assert len({words.text for words in said.values()}) == len(CAPABILITIES)
        shown = {one.name: one for one in street.ada.call.capabilities}
        for name, code in CAPABILITIES.items():
            reason = shown[name].reason
            assert reason is not None
            assert (shown[name].on, reason.code) == (False, code)
        assert shown["mute"].on
        assert (await street.ada.refused(UseCapability("dance"))).code == "O_NO_CAPABILITY"
    assert (await street.ada.refused(UseCapability("record"))).code == "N_NOCALL"


async def test_mute_hold_and_notes_travel(street: Street) -> None:
    ben, cleo = street.ben, street.cleo
    async with a_call(ben, cleo):
        await ben.order(Mute(True))
        await cleo.until(lambda one: one.call.member.silent)
        assert ben.call.microphone == "muted"
        await ben.order(Mute(False))
        await cleo.until(lambda one: not one.call.member.silent)
        await ben.order(Hold(True))
        await cleo.until(lambda one: one.call.member.holding)
        await cleo.hears_more()  # the frames go on, of one size
        await ben.order(Hold(False))
        await cleo.until(lambda one: not one.call.member.holding)
        told = ["G_PEER_MUTED", "G_PEER_OPEN", "G_HELD", "G_RESUMED"]
        assert [code for code in cleo.events if code in told] == told

        await ben.order(Note("\x1b[31mred\x1b]0;title\x07 \u202egro.live " + "x" * 1900))
        await cleo.until(lambda one: one.call.notes)
        (note,) = cleo.call.notes
        assert not note.mine
        assert note.text.startswith("[31mred]0;title gro.live xxx")
        assert note.text.isprintable()
        assert "G_NOTE" in cleo.events
        assert (await ben.refused(Note("\x1b\x07"))).text == "Write something first."
        assert (await ben.refused(Note("\u20ac" * 700))).code == "O_NOTE_LONG"
        assert (await ben.refused(Note("y" * 10_000))).code == "F_MALFORMED_LINE"
        await cleo.hears_more()
        assert len(cleo.call.notes) == 1
        assert set(ben.statistics.packet_sizes) == set(cleo.statistics.packet_sizes) == {160}


async def test_declined_busy_and_do_not_disturb(street: Street) -> None:
    cleo, ben = street.cleo, street.ben
    await place(cleo, ben)
    await ben.order(Decline())
    await cleo.until(lambda one: one.phase == "ended")
    assert cleo.call.end_reason is not None
    assert cleo.call.end_reason.code == "R_DECLINED"
    assert ben.phase == ""
    await ben.order(SetPresence("do_not_disturb"))
    try:
        await cleo.order(Call(ben.account))
        await cleo.until(
            lambda one: one.call.end_reason is not None and one.call.end_reason.code == "R_DND"
        )
        assert ben.phase == ""
    finally:
        await ben.order(SetPresence("free"))
    await ben.until(lambda one: [past.direction for past in one.snapshot.history[:1]] == ["missed"])


async def test_a_call_is_looked_at_muted_and_ended_from_another_terminal(street: Street) -> None:
    ada, ben = street.ada, street.ben
    async with a_call(ben, ada):
        status, stats, keys, muted = await asyncio.gather(
            street.home.command("--profile", "ben", "status"),
            street.home.command("--profile", "ben", "stats", "--json"),
            street.home.command("--profile", "ben", "keys", "--json"),
            street.home.command("--profile", "ada", "mute", "on"),
        )
        told = f"{re.escape(ben.call.shield.label)} Ada active MIC ON (good|fair|poor) direct/UDP\n"
        assert re.fullmatch(told, status.output)
        assert stats.json["statistics"]["frames_received"] > 0
        assert stats.json["statistics"]["packet_sizes"] == [160]
        assert ada.call.member.code is not None
        assert keys.json["digits"] == ada.call.member.code.digits
        assert (muted.status, muted.output) == (0, "MUTED\n")
        ended = await street.home.command("--profile", "ben", "hangup")
        assert (ended.status, ended.output) == (0, "Ended.\n")
        for person in (ada, ben):
            await person.until(lambda one: one.phase == "ended")


async def test_a_call_goes_on_without_a_screen_and_another_one_finds_it(street: Street) -> None:
    cleo, ben = street.cleo, street.ben
    async with a_call(cleo, ben):
        code = cleo.call.member.code
        await cleo.client.close()
        await ben.hears_more(50)
        first, second = await street.home.attach("cleo"), await street.home.attach("cleo")
        cleo.client = first
        for client in (first, second):
            assert client.snapshot.front is not None
            assert (client.snapshot.front.phase, client.snapshot.front.member.code) == (
                "active",
                code,
            )
        await second.command(Mute(True))
        await cleo.until(lambda one: one.call.microphone == "muted")


async def test_a_thousand_datagrams_a_second_do_not_end_a_call_or_keep_it_from_coming_back(
    street: Street,
) -> None:
    """At both media ports from before it rings until it is hung up, and at those of a new path."""
    both = (street.ben, street.cleo)

    def ports() -> list[Address]:
        return [port for person in both for port in udp_ports(person.process.pid)]

    async with strangers.flood(ports):
        for caller, callee in (both, both[::-1]):
            async with a_call(caller, callee):
                await caller.order(FindNewPath())
                for person in both:
                    await person.until(lambda one: one.statistics.path_number > 0)
                    await person.hears_more(50)
                    await person.until(lambda one: one.statistics.datagrams_filtered > A_SECOND)
                assert caller.phase == callee.phase == "active"
    assert all("traceback" not in person.log.casefold() for person in both)


async def test_a_broken_configuration_changes_nothing_in_a_running_engine(street: Street) -> None:
    file = street.ada.paths.client_files.user
    file.parent.mkdir(parents=True, exist_ok=True)
    for text, parts_of_it in (
        ('[e2ee]\ncalls = "sometimes"\n', ("client.toml line 2", "e2ee.calls: ")),
        ("[e2ee\n", ("client.toml line 1 is not valid", "")),
        ("[audio]\n\nloudness = 11\n", ("client.toml line 3", "audio.loudness: ")),
    ):
        file.write_text(text)
        await street.ada.until(
            lambda one, parts=parts_of_it: any(
                all(part in notice.sentence.whole for part in parts)
                for notice in one.snapshot.notices
            )
        )
        assert file.read_text() == text
    async with a_call(street.ben, street.ada):
        pass
    file.unlink()


async def test_a_restart_keeps_identity_contacts_and_comparison(street: Street) -> None:
    ada, ben = street.ada, street.ben
    async with a_call(ada, ben):
        await ada.order(Compare("match", "words", code=ada.code))
    before = ada.snapshot
    for person in (ada, ben):
        await person.stop()
    await asyncio.gather(ada.start(), ben.start())
    for person in (ada, ben):
        await person.until(online)
    await ada.until(lambda one: any(known.account == ben.account for known in one.snapshot.people))
    for part in ("account", "fingerprint", "device", "name"):
        assert getattr(ada.snapshot.me, part) == getattr(before.me, part)
    (known,) = [one for one in ada.snapshot.people if one.account == ben.account]
    assert (known.standing, known.compared_how) == ("compared", "words")
    assert ada.snapshot.history == before.history
    async with a_call(ada, ben):
        assert ada.shield == "SH_COMPARED"
        assert "G_SAME_KEY" in ada.events
