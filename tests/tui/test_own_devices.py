"""The person's devices on the screen: listed, linked by a link with its picture, removed."""

import msgspec

from tests.support.fake_engine import NOW, new, ready
from tests.tui.conftest import Start
from tui_call.control import actions
from tui_call.control.actions import SetUp
from tui_call.control.views import MeView, OwnDeviceView, Snapshot
from tui_call.tui.screens.invite import DeviceLinkScreen
from tui_call.tui.widgets.qr import qr_lines

HERE = OwnDeviceView("aa" * 16, "tower", online=True, here=True, holds_key=True)
LAPTOP = OwnDeviceView("bb" * 16, "laptop", online=True, linked=True, since=NOW)
LEFT_OVER = OwnDeviceView("cc" * 16, "left over")
LINK = (
    "tui-call://192.0.2.7:20443/link?"
    + "&".join(
        f"{name}={letter * 43}" for name, letter in (("code", "c"), ("pin", "p"), ("key", "k"))
    )
    + f"&to={'t' * 22}"
)


def with_devices(*devices: OwnDeviceView, holds_key: bool = True) -> Snapshot:
    me = msgspec.structs.replace(ready().me, devices=devices, holds_key=holds_key)
    return ready(me=me)


async def test_devices_are_listed_with_what_they_are(start: Start) -> None:
    async with start(with_devices(HERE, LAPTOP, LEFT_OVER), "3", "slash") as it:
        await it.type("your devices")
        await it.press("enter")
        assert "Your devices" in it.text
        assert "tower" in it.text
        assert "this device" in it.text
        assert "Your account's key is here" in it.text
        await it.press("down")
        assert "makes and takes calls as you" in it.text
        await it.press("down")
        assert "linking it was not finished" in it.text
        (row,) = (line for line in it.text.splitlines() if " left over" in line and "off" in line)
        assert row.rstrip().endswith("not finished")


async def test_a_device_is_removed_after_a_question(start: Start) -> None:
    async with start(with_devices(HERE, LAPTOP), "3", "slash") as it:
        await it.type("laptop")
        await it.press("enter", "enter")
        assert "Remove laptop?" in it.text
        await it.press("enter")
        assert it.engine.actions == []
        await it.press("enter", "down", "enter")
        assert it.engine.actions == [actions.RemoveDevice(LAPTOP.id)]


async def test_what_cannot_be_removed_says_why(start: Start) -> None:
    async with start(with_devices(HERE, LAPTOP), "3", "slash") as it:
        await it.type("tower")
        await it.press("enter", "enter")
        assert "the device that you are using now" in it.text
    holder = msgspec.structs.replace(HERE, here=False)
    here = msgspec.structs.replace(LAPTOP, here=True, linked=False)
    other = msgspec.structs.replace(LEFT_OVER, name="desk")
    async with start(with_devices(here, holder, other, holds_key=False), "3", "slash") as it:
        await it.type("tower")
        await it.press("enter", "enter")
        assert "It cannot be removed" in it.text
        await it.press("escape", "escape", "slash")
        await it.type("desk")
        await it.press("enter", "enter")
        assert "Devices are removed on the one that has your account's key" in it.text
        assert it.engine.actions == []


async def test_a_link_is_shown_whole_and_closes_when_a_device_was_linked(start: Start) -> None:
    async with start(with_devices(HERE), "3") as it:
        it.engine.results[actions.LinkDevice] = {"link": LINK, "expires": NOW + 600}
        await it.press("L")
        await it.until(lambda: isinstance(it.app.screen, DeviceLinkScreen))
        await it.settle()
        assert "Show it to nobody else." in it.text
        shown = "".join(line.strip() for line in it.text.splitlines())
        assert LINK in shown
        assert "also shows it as a QR code" in it.text
        it.engine.change(me=with_devices(HERE, LAPTOP).me)
        await it.until(lambda: not isinstance(it.app.screen, DeviceLinkScreen))


async def test_a_large_window_shows_the_link_as_a_picture(start: Start) -> None:
    async with start(with_devices(HERE), "3", size=(100, 50)) as it:
        it.engine.results[actions.LinkDevice] = {"link": LINK, "expires": NOW + 600}
        await it.press("L")
        await it.until(lambda: isinstance(it.app.screen, DeviceLinkScreen))
        await it.settle()
        assert qr_lines(LINK)[5].plain in it.text
        assert "also shows it" not in it.text


async def test_a_device_link_on_the_welcome_screen_needs_no_name(start: Start) -> None:
    async with start(new()) as it:
        await it.press("tab")
        await it.type(LINK)
        await it.press("enter")
        assert "Say something." in it.text
        await it.press("escape")
        assert "What is your name?" in it.text
        await it.press("enter", "enter")
        assert it.engine.actions[-1] == SetUp("", True, LINK)


async def test_the_unlock_screen_says_plainly_that_a_lost_passphrase_is_lost(start: Start) -> None:
    async with start(ready(me=MeView("locked", "default", protection="passphrase"))) as it:
        text = " ".join(it.text.split())
        assert "Nobody can restore a lost passphrase or key" in text
        assert "tui-call --profile NAME restore FILE" in text
        assert "will be told of a new key" in text
        assert "Type its passphrase." in text


async def test_a_keyring_that_is_asked_is_waited_for_and_can_be_tried_again(start: Start) -> None:
    asked = MeView("locked", "default", protection="keyring", asks_keyring=True)
    async with start(ready(me=asked)) as it:
        assert "keyring is being asked" in " ".join(it.text.split())
        it.engine.change(me=msgspec.structs.replace(asked, asks_keyring=False))
        await it.settle()
        assert "did not give it" in " ".join(it.text.split())
        assert "Type its passphrase" not in it.text
        await it.press("enter")
        assert it.engine.actions == [actions.Unlock("")]
