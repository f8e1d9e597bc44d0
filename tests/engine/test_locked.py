"""A locked engine: a screen can attach while the keyring is asked, and no invite is answered."""

import asyncio
import threading

import pytest

from tests.profile.profiles import MemoryKeyring
from tests.support.one_process import Resident, Village, until
from tui_call.config.paths import ProfilePaths
from tui_call.control import launch
from tui_call.control.actions import Call, SetUp, Unlock
from tui_call.control.door import Door
from tui_call.control.server import ActionRefused, ControlServer
from tui_call.e2ee.handshake import CallerHandshake
from tui_call.e2ee.sealed_file import FileDamaged, WrongPassphrase
from tui_call.engine.engine import Engine
from tui_call.engine.entropy import SystemEntropy
from tui_call.engine.root import build
from tui_call.identifiers import AccountId
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.profile.profile import Profile
from tui_call.signaling import messages as signaling


class SlowKeyring(MemoryKeyring):
    """Asks the person, who takes time."""

    def __init__(self, kept: dict[str, bytes]) -> None:
        super().__init__()
        self.kept = kept
        self.asked, self.answered = threading.Event(), threading.Event()

    def get(self, name: str) -> bytes:
        self.asked.set()
        assert self.answered.wait(20)
        return super().get(name)


def engine_of(profile: Profile) -> Engine:
    paths = ProfilePaths("ada")
    return build(paths, profile, lambda handler: ControlServer(Door.of(paths), handler))


async def closed_ada(here: Village, keyring: MemoryKeyring) -> str:
    """Set Ada up with her key in a keyring, and end her engine; returns her account."""
    profile = Profile.open(ProfilePaths("ada").data_directory, keyring=lambda: keyring)
    engine = engine_of(profile)
    await engine.start()
    invite = (here.directory / "service" / "local-invite").read_text().strip()
    await engine.handler.act(SetUp("Ada", e2ee=True, invite=invite, protection="keyring"))
    account = Resident(engine).account
    await engine.close()
    return account


async def test_a_screen_attaches_while_the_keyring_is_asked(here: Village) -> None:
    keyring = MemoryKeyring()
    account = await closed_ada(here, keyring)
    slow = SlowKeyring(keyring.kept)
    directory = ProfilePaths("ada").data_directory
    engine = engine_of(Profile.open(directory, keyring=lambda: slow, ask_keyring=False))
    assert not slow.asked.is_set()
    async with asyncio.timeout(10):
        await engine.start()
        client = await launch.connect("ada", "tui")
    try:
        await until(slow.asked.is_set)
        assert (client.snapshot.me.state, client.snapshot.me.protection) == ("locked", "keyring")
        assert client.snapshot.me.asks_keyring
        slow.answered.set()
        async with asyncio.timeout(10):
            while client.snapshot.service.state != "online":
                await client.wait_for_change()
        me = client.snapshot.me
        assert (me.state, me.account, me.asks_keyring) == ("ready", account, False)
    finally:
        await client.close()
        await engine.close()


async def test_an_engine_ends_although_the_keyring_never_answers(here: Village) -> None:
    keyring = MemoryKeyring()
    await closed_ada(here, keyring)
    slow = SlowKeyring(keyring.kept)
    directory = ProfilePaths("ada").data_directory
    engine = engine_of(Profile.open(directory, keyring=lambda: slow, ask_keyring=False))
    await engine.start()
    await until(slow.asked.is_set)
    async with asyncio.timeout(10):
        await engine.close()
    slow.answered.set()
    await until(lambda: not [one for one in threading.enumerate() if one.name == "apart"])


async def test_a_keyring_that_refuses_leaves_it_locked_until_it_is_tried_again(
    here: Village,
) -> None:
    keyring = MemoryKeyring()
    account = await closed_ada(here, keyring)
    keyring.answers = False
    directory = ProfilePaths("ada").data_directory
    engine = engine_of(Profile.open(directory, keyring=lambda: keyring, ask_keyring=False))
    await engine.start()
    await until(lambda: not engine.unlocking.asks_keyring)
    assert engine.handler.snapshot().me.state == "locked"
    with pytest.raises(KeyringUnavailable):
        await engine.handler.act(Unlock(""))
    keyring.answers = True
    await engine.handler.act(Unlock(""))
    assert Resident(engine).account == account
    await engine.close()


async def test_files_that_turn_out_damaged_end_the_engine_with_the_reason(here: Village) -> None:
    keyring = MemoryKeyring()
    await closed_ada(here, keyring)
    directory = ProfilePaths("ada").data_directory
    (directory / "identity").write_bytes(b"tuicallI" + bytes(60))
    engine = engine_of(Profile.open(directory, keyring=lambda: keyring, ask_keyring=False))
    await engine.start()
    async with asyncio.timeout(10):
        await engine.ending.stopping.wait()
    assert isinstance(engine.ending.failure, FileDamaged)
    assert "identity is damaged" in str(engine.ending.failure)
    screen = await launch.connect("ada")
    await engine.close()
    assert [update async for update in screen.lines()] == []
    assert not screen.ended  # nobody told it to end
    await screen.close()


async def test_a_locked_engine_answers_no_invite_and_places_no_call(here: Village) -> None:
    """Not even where a service delivers one to it all the same."""
    ben = await here.resident("ben")
    profile = Profile.open(ProfilePaths("ada").data_directory)
    engine = engine_of(profile)
    await engine.start()
    invite = (here.directory / "service" / "local-invite").read_text().strip()
    made = SetUp("Ada", e2ee=True, invite=invite, protection="passphrase", passphrase="a b c d e")
    await engine.handler.act(made)
    ada, device = AccountId(Resident(engine).account), engine.profile.identity.device_id
    await engine.close()

    engine = engine_of(Profile.open(ProfilePaths("ada").data_directory, ask_keyring=False))
    await engine.start()
    sent: list[signaling.ClientMessage] = []
    engine.postbox._transmit = lambda message: sent.append(message) or True  # type: ignore[method-assign]
    call_id = b"\x07" * 16
    offered = CallerHandshake(
        ben.engine.account.identity(),
        to_account=ada,
        to_device=device,
        call_id=call_id,
        leg=0,
        entropy=SystemEntropy(),
    )
    for payload in (offered.invite, b"\x01\x20" + bytes(320)):
        engine.news.take(signaling.Deliver(call_id.hex(), 0, ben.account, ben.device, payload))
    assert not [message for message in sent if isinstance(message, signaling.Send)]
    assert engine.calls.records == {}
    assert engine.membership.link is None
    with pytest.raises(ActionRefused, match="your key is locked"):
        await engine.handler.act(Call(ben.account))
    with pytest.raises(WrongPassphrase):
        await engine.handler.act(Unlock("a b c d"))
    assert engine.handler.snapshot().me.state == "locked"
    await engine.close()
