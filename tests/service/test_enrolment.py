"""Who comes in by an invite, who does not, and what it is called then."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.members import Client, Clock, Identity, Town
from tests.support.members import town as run_town
from tui_call.foreign_text import clean
from tui_call.identifiers import parse_account_id
from tui_call.service.enrolment import LIFE_SECONDS, LONGEST_NAME
from tui_call.service.enrolment import _applicant as applicant
from tui_call.service.faults import NameInvalid, Refused, StateUnusable
from tui_call.signaling.invite import parse_invite
from tui_call.signaling.messages import (
    CreateInvite,
    Enrol,
    Failed,
    InviteCreated,
    Welcome,
)


async def greeted(town: Town) -> Client:
    client = await town.visit()
    await client.greet()
    return client


async def test_the_first_person_is_administrator_and_addresses_are_numbered(town: Town) -> None:
    organisation = town.service.organisation.id
    assert organisation.startswith("home-")
    assert len(organisation) == len("home-") + 4
    people = [await town.enrol("ada", name) for name in ("Ada", "Ada B.", "Ada C.")]
    assert [person.account for person in people] == [
        f"ada@{organisation}", f"ada-2@{organisation}", f"ada-3@{organisation}",
    ]  # fmt: skip
    assert [person.welcome.role for person in people] == ["admin", "member", "member"]
    assert people[0].welcome.policy.e2ee_calls == "disabled"
    assert people[0].welcome.setting == "off"


async def test_an_invite_works_once(town: Town) -> None:
    code = town.local_invite().code
    await town.enrol("ada", code=code)
    failed = await (await greeted(town)).fails(Identity().enrolment(code, "eve"))
    assert failed.code == "invite_used"


async def test_an_unknown_invite_is_refused(town: Town) -> None:
    failed = await (await greeted(town)).fails(Identity().enrolment("abc", "eve"))
    assert failed.code == "invite_unknown"


async def test_an_invite_expires_after_a_week(town: Town) -> None:
    ada = await town.enrol("ada")
    created = await ada.client.ask(CreateInvite, InviteCreated)
    assert created.expires == int(town.clock()) + LIFE_SECONDS
    code = parse_invite(created.link).code
    town.clock.now += LIFE_SECONDS
    failed = await (await greeted(town)).fails(Identity().enrolment(code, "eve"))
    assert failed.code == "invite_expired"
    town.clock.now -= 1
    assert (await town.enrol("bob", code=code)).account.startswith("bob@")


async def test_an_invite_leads_to_this_service_and_administrators_make_it(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    invite = parse_invite((await ada.client.ask(CreateInvite, InviteCreated)).link)
    place = town.service.place
    assert (invite.host, invite.port, invite.pin) == (place.public_host, place.port, place.pin)
    assert (await bob.client.ask(CreateInvite, Failed)).code == "not_allowed"


async def test_a_lost_answer_is_given_again_to_the_same_device_and_key_only(town: Town) -> None:
    code, identity = town.local_invite().code, Identity()
    client = await greeted(town)
    await client.say(identity.enrolment(code, "ada"))
    welcome = await client.hear(Welcome)
    again = await greeted(town)
    await again.say(identity.enrolment(code, "ada"))
    assert await again.hear(Welcome) == welcome
    thief = Identity(device=identity.device)
    failed = await (await greeted(town)).fails(thief.enrolment(code, "ada"))
    assert failed.code == "invite_used"


async def test_a_device_id_that_is_taken_is_refused_and_keeps_the_invite(town: Town) -> None:
    ada = await town.enrol("ada")
    code = town.local_invite().code
    thief = Identity(device=ada.device)
    failed = await (await greeted(town)).fails(thief.enrolment(code, "ada"))
    assert failed.code == "login_refused"
    await town.enrol("bob", code=code)


async def test_a_name_of_ten_kilobytes_with_escape_sequences_is_shown_short_and_clean(
    town: Town,
) -> None:
    name = "\x1b[31mAda\u202e\n" + "\x1b]0;x\x07" * 1_000
    client = await greeted(town)
    code = town.local_invite().code
    await client.say(Identity().enrolment(code, name[:500] * 20, name))
    welcome = await client.hear(Welcome)
    assert welcome.name.startswith("[31mAda")
    assert len(welcome.name) == LONGEST_NAME
    assert welcome.name.isprintable()
    parse_account_id(welcome.account)


async def test_a_name_of_which_nothing_can_be_shown_is_refused(town: Town) -> None:
    client = await greeted(town)
    code = town.local_invite().code
    assert (await client.fails(Identity().enrolment(code, "", "\x1b\u202e"))).code == "name_invalid"


async def test_addresses_of_guests_are_kept_for_them_and_the_invite_can_still_be_used(
    town: Town,
) -> None:
    code = town.local_invite().code
    for user, name in (("guest.smith", "Ada"), ("", "Guest Smith"), ("Guest Smith", "Ada")):
        client = await town.visit()
        await client.greet()
        assert (await client.fails(Identity().enrolment(code, user, name))).code == "name_taken"
    assert (await town.enrol("guesthouse", "Ada", code)).account.startswith("guesthouse@")


@given(
    user=st.text(max_size=100).filter(lambda text: "guest" not in text.casefold()),
    name=st.text(max_size=100).filter(lambda text: "guest" not in text.casefold()),
    device=st.text("0123456789abcdef", min_size=32, max_size=32),
)
def test_whatever_somebody_is_called_an_address_comes_out(
    user: str, name: str, device: str
) -> None:
    message = Enrol("code", user, name, device, name, bytes(32))
    if not clean(name):
        with pytest.raises(NameInvalid):
            applicant(message)
        return
    admitted = applicant(message)
    parse_account_id(f"{admitted.user}-99999@home-abcd")
    assert admitted.name.isprintable()
    assert len(admitted.name) <= LONGEST_NAME
    assert len(admitted.device_name) <= LONGEST_NAME


@pytest.mark.parametrize(("wanted", "user"), [("ada-l", "ada-l"), ("Ada Lovelace", "ada.lovelace")])
def test_a_wanted_address_is_kept_where_it_is_one(wanted: str, user: str) -> None:
    assert applicant(Enrol("code", wanted, "Ada", "ab" * 16, "", bytes(32))).user == user


@pytest.mark.parametrize(
    "message",
    [
        Enrol("code", "ada", "Ada", "no id", "", bytes(32)),
        Enrol("code", "ada", "Ada", "ab" * 16, "", bytes(31)),
    ],
)
def test_device_and_key_have_their_lengths(message: Enrol) -> None:
    with pytest.raises(Refused) as caught:
        applicant(message)
    assert caught.value.code == "malformed"


async def test_the_local_invite_is_private_and_replaced_when_used(town: Town) -> None:
    path = town.directory / "local-invite"
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
    first = town.local_invite()
    assert (first.host, first.port) == ("127.0.0.1", town.service.place.port)
    await town.enrol("ada")
    second = town.local_invite()
    assert second.code != first.code
    await town.enrol("bob", code=second.code)


async def test_the_local_invite_is_kept_over_a_restart_until_half_its_life(
    tmp_path: Path, clock: Clock
) -> None:
    codes = []
    for passing in (0.0, 1.0, LIFE_SECONDS / 2, 0.0):
        clock.now += passing
        async with run_town(tmp_path / "state", clock) as town:
            codes.append(town.local_invite().code)
    assert codes[0] == codes[1] != codes[2] == codes[3]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"tui-call://h:1/join?code=a"])
async def test_a_broken_local_invite_is_replaced(
    tmp_path: Path, clock: Clock, content: bytes
) -> None:
    async with run_town(tmp_path / "state", clock):
        pass
    (tmp_path / "state" / "local-invite").write_bytes(content)
    async with run_town(tmp_path / "state", clock) as town:
        await town.enrol("ada")


async def test_who_enrols_is_let_in_although_the_disk_is_full(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StateUnusable

    code = town.local_invite().code
    monkeypatch.setattr("tui_call.service.enrolment.write_private", full)
    await town.enrol("ada", code=code)
    assert town.local_invite().code == code
