"""What a stranger, a broken client and a hostile one meet at the service's door."""

import json
import socket
import typing
from pathlib import Path

import aiohttp
import msgspec
import pytest

from tests.support.logs import logging_to
from tests.support.members import CALL, Clock, Identity, Member, Town, until
from tests.support.members import town as run_town
from tui_call.service import arrivals, dispatch, outgoing
from tui_call.service.bus.traffic import Address
from tui_call.service.certificate import open_certificate
from tui_call.service.gateway import Gateway
from tui_call.service.limits import Limits, Rate
from tui_call.signaling import kept, messages, standard_calls, vocabulary
from tui_call.signaling.messages import (
    MESSAGE_BYTES,
    VERSION,
    Challenge,
    Enrol,
    Failed,
    Hello,
    Login,
    Lookup,
    People,
    Send,
    Welcome,
)
from tui_call.signaling.policies import E2EECalls, Epoch

KINDS = typing.get_args(messages.ClientMessage)
WELL_FORMED = {
    str: "text", int: 1, bytes: "AAAA", vocabulary.Presence: "free",
    vocabulary.EncryptionSetting: "on", E2EECalls: "disabled",
    E2EECalls | None: "disabled", bool | None: True, vocabulary.EncryptionSetting | None: "on",
    vocabulary.RecordingWord | None: "ask", vocabulary.CaptionsWord | None: "allow",
    typing.Annotated[tuple[str, ...], msgspec.Meta(max_length=vocabulary.MOST_WATCHED)]: ["text"],
    msgspec.Raw: {"ask": "ask_report"}, Epoch: {"timeline": 0, "number": 1},
    kept.KindOfKept | typing.Literal[""]: "", kept.FileName: "mix-1.opus", vocabulary.Time: 1,
    standard_calls.Id: CALL,
    standard_calls.Act: {"act": "park"},
    typing.Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{32})?\Z")]: "",
}  # fmt: skip


def fields(kind: type[msgspec.Struct]) -> dict[str, object]:
    return {
        "type": kind.__struct_config__.tag,
        **{field.name: WELL_FORMED[field.type] for field in msgspec.structs.fields(kind)},
    }


def malformed() -> list[str]:
    """Return frames: each kind with each field missing, null and of another type."""
    frames = ["", "{", "[]", "null", "0", '"hello"', "{}", '{"type": "nobody"}', '{"type": 5}']
    frames += ["[" * 20_000, '{"type": "hello", "version": 1e999, "client": ""}']
    for kind in KINDS:
        whole = fields(kind)
        for field in msgspec.structs.fields(kind):
            bad: list[object] = [[1]]
            bad += [] if field.type is Epoch else [{"a": 1}]  # whose fields may all be left out
            bad += [] if type(None) in typing.get_args(field.type) else [None]
            bad += [] if bool in typing.get_args(field.type) else [True]
            frames += [json.dumps({**whole, field.name: value}) for value in bad]
            if field.required:
                frames.append(json.dumps({k: v for k, v in whole.items() if k != field.name}))
    return frames


async def test_every_malformed_message_is_answered_and_the_connection_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "MOST_MALFORMED", 1_000)
    member = await town.enrol("ada")
    frames = malformed()
    assert len(frames) > 100
    for frame in frames:
        town.clock.now += 1
        failed = await member.client.fails(frame)
        assert failed.code == "malformed", frame[:80]
        assert len(failed.detail) <= dispatch.LONGEST_DETAIL
    await member.client.hears_nothing_more()


async def test_frames_that_are_no_text_are_malformed(town: Town) -> None:
    client = await town.visit()
    assert (await client.fails(b"\xff\xfe{}")).code == "malformed"
    await client.frames.send_bytes(b'{"type": "hello", "version": 1, "client": ""}')
    assert (await client.hear(Failed)).code == "malformed"
    await client.greet()


async def test_a_text_in_an_id_is_malformed(town: Town) -> None:
    ada = await town.enrol("ada")
    for message in (
        Send("no id", 0, ada.account, ada.device, b""),
        messages.Acknowledge("AB" * 16, 0, ada.account, ada.device),
        messages.LeaveMissedCall(0, "ab" * 15, ada.account),
    ):
        assert (await ada.client.fails(message)).code == "malformed"


async def test_many_malformed_messages_end_the_connection(town: Town) -> None:
    client = await town.visit()
    for _ in range(dispatch.MOST_MALFORMED):
        await client.say("{")
    assert await client.is_closed()
    assert len(client.heard) == dispatch.MOST_MALFORMED


async def test_a_message_that_is_too_large_gets_an_answer(town: Town) -> None:
    ada = await town.enrol("ada")
    large = Send(CALL, 0, ada.account, ada.device, bytes(MESSAGE_BYTES))
    assert (await ada.client.fails(large)).code == "too_large"
    await ada.client.hears_nothing_more()


async def test_a_frame_beyond_all_measure_ends_only_its_own_connection(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    await ada.client.say("x" * (dispatch.LARGEST_FRAME + 1))
    assert await ada.client.is_closed()
    await bob.client.hears_nothing_more()


async def test_a_stranger_can_only_say_hello_enrol_and_log_in(town: Town) -> None:
    client = await town.visit()
    for kind in KINDS:
        if kind in (Hello, Enrol, Login):
            continue
        town.clock.now += 10
        frame = json.dumps(fields(kind))
        assert (await client.fails(frame)).code == "not_allowed", kind
    await client.greet()
    assert (await client.fails(json.dumps(fields(Lookup)))).code == "not_allowed"


async def test_enrolling_and_logging_in_need_a_hello(town: Town) -> None:
    client = await town.visit()
    for kind in (Enrol, Login):
        assert (await client.fails(json.dumps(fields(kind)))).code == "not_allowed"


async def test_another_version_is_told_and_turned_away(town: Town) -> None:
    client = await town.visit()
    assert (await client.fails(Hello(VERSION + 1, "newer"))).code == "version"
    assert await client.is_closed()


async def test_a_member_cannot_log_in_twice_on_one_connection(town: Town) -> None:
    ada = await town.enrol("ada")
    assert (await ada.client.fails(Hello(VERSION, "again"))).code == "malformed"


@pytest.fixture
async def ada(town: Town) -> Member:
    ada = await town.enrol("ada")
    await town.leave(ada)
    return ada


async def refused(town: Town, login: typing.Callable[[Challenge], Login]) -> Failed:
    client = await town.visit()
    return await client.fails(login(await client.greet()))


async def test_a_login_signs_the_nonce_the_pin_the_organisation_and_the_device(
    town: Town, ada: Member
) -> None:
    identity, pin, now = ada.identity, town.service.place.pin, int(town.clock())
    replace = msgspec.structs.replace
    stranger = Identity(device=identity.device, account=identity.account)
    other_device = Identity(identity.key, account=identity.account)
    for login in (
        lambda challenge: stranger.login(challenge, pin, now),
        lambda challenge: other_device.login(challenge, pin, now),
        lambda challenge: identity.login(challenge, bytes(32), now),
        lambda challenge: identity.login(replace(challenge, nonce=bytes(32)), pin, now),
        lambda challenge: identity.login(replace(challenge, organisation="x"), pin, now),
        lambda challenge: replace(identity.login(challenge, pin, now), time=now + 1),
        lambda challenge: replace(identity.login(challenge, pin, now), time=-1),
        lambda challenge: replace(identity.login(challenge, pin, now), time=1 << 62),
        lambda challenge: replace(identity.login(challenge, pin, now), account="bob@x"),
        lambda challenge: replace(identity.login(challenge, pin, now), signature=b"short"),
    ):
        assert (await refused(town, login)).code == "login_refused"
    await town.log_in(identity)


async def test_a_nonce_is_good_for_one_login(town: Town, ada: Member) -> None:
    identity, pin, now = ada.identity, town.service.place.pin, int(town.clock())
    client = await town.visit()
    challenge = await client.greet()
    login = identity.login(challenge, pin, now)
    assert (await client.fails(identity.login(challenge, bytes(32), now))).code == "login_refused"
    assert (await client.fails(login)).code == "not_allowed"
    again = await client.greet()
    assert again.nonce != challenge.nonce
    assert (await client.fails(login)).code == "login_refused"
    await client.say(identity.login(await client.greet(), pin, now))
    assert (await client.hear(Welcome)).account == identity.account


async def test_clocks_may_differ_by_two_minutes(town: Town, ada: Member) -> None:
    identity, pin, now = ada.identity, town.service.place.pin, int(town.clock())
    for difference in (-121, 121):
        late = await refused(town, lambda c, d=difference: identity.login(c, pin, now + d))
        assert (late.code, late.time) == ("clock", now)
    for difference in (-120, 120):
        client = await town.visit()
        await client.say(identity.login(await client.greet(), pin, now + difference))
        await client.hear(Welcome)


async def test_a_second_login_of_a_device_replaces_the_first(town: Town) -> None:
    first = await town.enrol("ada")
    second = await town.log_in(first.identity)
    assert (await first.client.hear(Failed)).code == "replaced"
    assert await first.client.is_closed()
    assert len(town.service.online) == 1
    await second.client.hears_nothing_more()


async def test_who_does_not_log_in_is_disconnected(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "LOGIN_WITHIN", 0.05)
    silent = await town.visit()
    assert await silent.is_closed()


async def test_a_device_beyond_its_limit_is_told_until_time_passes(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(device=Rate(burst=3, per_second=1))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        ada = await town.enrol("ada")
        lookup = lambda number: Lookup(number, ada.account)  # noqa: E731
        for _ in range(3):
            await ada.client.ask(lookup, People)
        failed = await ada.client.ask(lookup, Failed)
        assert failed.code == "rate"
        await ada.client.say(Send(CALL, 7, ada.account, ada.device, b"sealed"))
        undeliverable = await ada.client.hear(messages.Undeliverable)
        assert (undeliverable.sequence, undeliverable.reason) == (7, "rate")
        clock.now += 1
        await ada.client.ask(lookup, People)


async def test_an_address_that_asks_too_much_waits_before_it_connects(
    tmp_path: Path, clock: Clock
) -> None:
    limits = Limits(address=Rate(burst=30, per_second=1))
    async with run_town(tmp_path / "state", clock, limits=limits) as town:
        client = await town.visit()
        await client.greet()
        assert (await client.fails(Identity().enrolment("wrong", "eve"))).code == "invite_unknown"
        said = [Identity().enrolment("wrong", "eve") for _ in range(8)]
        for message in said:
            await client.say(message)
        assert await client.is_closed()
        assert isinstance(client.heard[-1], Failed)
        assert client.heard[-1].code == "rate"
        with pytest.raises(aiohttp.ClientError):
            await town.visit()
        clock.now += 30
        await (await town.visit()).greet()


async def test_a_client_that_does_not_read_is_dropped(town: Town) -> None:
    ada, bob = await town.enrol("ada"), await town.enrol("bob")
    for _ in range(outgoing.MOST_ANSWERS + 1):  # no task can write in between
        town.service.bus.publish(Address(bob.account, bob.device), messages.Done(1))
    await until(lambda: town.service.online.find(bob.account, bob.device) is None)
    await ada.client.hears_nothing_more()


async def test_other_paths_and_plain_requests(town: Town) -> None:
    for path, status in (("/health", 200), ("/v1", 426), ("/", 404), ("/v2", 404)):
        async with town.http.get(town.url(path), ssl=town.pinned) as response:
            assert response.status == status
    async with town.http.get(town.url("/health"), ssl=town.pinned) as response:
        assert await response.json() == {"status": "ok", "version": VERSION}


async def test_a_second_socket_with_a_certificate_of_its_own_is_served_beside_the_first(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateways: list[Gateway] = []
    start = Gateway.start

    async def remembered(gateway: Gateway) -> None:
        gateways.append(gateway)
        await start(gateway)

    monkeypatch.setattr(Gateway, "start", remembered)
    async with run_town(tmp_path / "state", clock) as town:
        second = open_certificate(make(tmp_path / "other"), None, None, None)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            gateways[0].listen_at(listening, second.context)
            port, whole = listening.getsockname()[1], second.shown.whole
            for address, pinned in (
                (f"https://127.0.0.1:{port}/health", aiohttp.Fingerprint(whole)),
                (town.url("/health"), town.pinned),
            ):
                async with town.http.get(address, ssl=pinned) as response:
                    assert response.status == 200


def make(directory: Path) -> Path:
    directory.mkdir()
    return directory


async def test_without_tls_nobody_is_served(town: Town) -> None:
    with pytest.raises(aiohttp.ClientError):
        await town.http.get(town.url().replace("https", "http"))


async def test_a_defect_in_a_request_ends_neither_connection_nor_service(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def defect(*_: object) -> None:
        raise RuntimeError("something with a private name")

    ada = await town.enrol("ada")
    monkeypatch.setattr("tui_call.service.directory.Directory.look_up", defect)
    with logging_to(tmp_path / "log"):
        failed = await ada.client.ask(lambda number: Lookup(number, ada.account), Failed)
    assert failed.code == "unavailable"
    monkeypatch.undo()
    await ada.client.hears_nothing_more()
    log = (tmp_path / "log").read_text()
    assert "RuntimeError" in log
    assert "private name" not in log
