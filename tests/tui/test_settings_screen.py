import msgspec
import pytest

from tests.support.fake_engine import SETTINGS, ready, said
from tests.tui.conftest import Start
from tui_call.control import actions, views
from tui_call.control.views import CallingView, EncryptionView, SettingView

ADMIN = ready(me=msgspec.structs.replace(ready().me, role="admin"))


async def test_each_kind_is_changed_in_its_own_way(start: Start) -> None:
    to_the_device = ("down",) * 4
    async with start(ready(), "3", *to_the_device, "enter", "end", "enter") as it:
        assert it.engine.actions == [actions.ChangeSetting("e2ee.calls", "require")]
        await it.press("down", "enter", "end")
        await it.type(" II")
        await it.press("enter")
        assert it.engine.actions[-1] == actions.ChangeSetting("audio.microphone", "Blue Yeti II")
        await it.press("down", "enter")
        assert it.engine.actions[-1] == actions.ChangeSetting("engine.stay", "true")
        await it.press("up", "r")
        assert it.engine.actions[-1] == actions.ChangeSetting("audio.microphone", None)
        await it.press("up", "enter", "escape", "r")
        assert len(it.engine.actions) == 4


async def test_what_limits_a_setting(start: Start) -> None:
    async with start(ready(), "3", "slash") as it:
        await it.type("relay")
        await it.press("enter", "i")
        assert "limited" in it.text
        assert "! E2EE is required by policy relays." in it.text
        await it.press("escape", "escape", "slash")
        await it.type("calm")
        await it.press("enter", "i")
        assert "Nothing limits this setting." in it.text


async def test_the_account_setting_is_for_everybody(start: Start) -> None:
    async with start(ready(), "3", "enter", "home", "enter", "i") as it:
        assert it.engine.actions == [actions.ChangeAccountSetting("off")]
        assert "E2EE policy" not in it.text
        assert "! E2EE calls are on." in it.text


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        (("enter", "end", "enter"), actions.ChangeAccountSetting(recording_of_me="refuse")),
        (("down", "enter", "end", "enter"), actions.ChangeAccountSetting(captions_of_me="refuse")),
        (("enter", "escape"), None),
    ],
)
async def test_one_s_own_word_of_being_kept_is_the_account_s(
    start: Start, keys: tuple[str, ...], order: actions.Action | None
) -> None:
    async with start(ready(), "3", "down", "down") as it:
        assert "ask: you are asked each time, and not kept before you agree" in it.text
        assert "decided by: you alone." in it.text
        await it.press(*keys)
        assert it.engine.actions == ([order] if order else [])


async def test_a_policy_and_this_device_go_before_one_s_own_word(start: Start) -> None:
    by_rule = SettingView(
        "standard.recording_of_me", "", "choice", "follow", "follow", "default",
        ("follow", "refuse"), said("P_BY_RULE", policy="bank"),
    )  # fmt: skip
    here = SettingView(
        "standard.captions_of_me", "", "choice", "refuse", "follow", "client.toml", ("follow",)
    )
    terms = {"compliance_recording": True}
    calling = CallingView("bank", said("SRC_ORG", policy="bank", org="acme"), terms)
    encryption = msgspec.structs.replace(ready().encryption, calling=calling)
    shown = ready(settings=(*SETTINGS, by_rule, here), encryption=encryption)
    async with start(shown, "3", "down", "down", "down") as it:
        [row] = [row for row in it.text.splitlines() if "> Recording of me" in row]
        assert row.rstrip().endswith("your account  limited")
        assert said("P_BY_RULE", policy="bank").text in it.text
        await it.press("i", "i")
        assert f"decided by: {calling.decided_by.text}" in it.text
        await it.press("escape", "down")
        assert "This device says refuse (client.toml), which goes before it." in it.text


async def test_what_follows_the_account_is_not_limited_by_it(start: Start) -> None:
    follows = SettingView(
        "standard.recording_of_me", "", "choice", "follow", "follow", "default",
        ("follow", "ask"), said("P_ACCOUNT", value="ask"),
    )  # fmt: skip
    async with start(ready(settings=(follows,)), "3", "slash") as it:
        await it.type("of_me")
        await it.press("enter", "i")
        assert said("P_ACCOUNT", value="ask").text in it.text
        assert "limited" not in it.text


async def test_the_own_name_is_changed_and_never_to_nothing(start: Start) -> None:
    async with start(ready(), "3", "down") as it:
        assert "Your address: ada@acme" in it.text
        await it.press("enter", "enter")
        assert it.engine.actions == []  # the same name is no change
        await it.press("enter", "ctrl+u", "enter")
        assert "Type a name, any name." in it.text
        await it.type("Ada King")
        await it.press("enter")
        assert it.engine.actions == [actions.ChangeName("Ada King")]


async def test_the_policy_is_for_administrators(start: Start) -> None:
    async with start(ADMIN, "3", "down") as it:
        assert "E2EE policy" in it.text
        assert "user choice" in it.text
        await it.press("enter", "end", "enter")
        assert it.engine.actions == [actions.ChangePolicy("required")]


async def test_the_calling_policy_is_shown_with_who_decided(start: Start) -> None:
    decided = said("SRC_GROUP", policy="traders", group="trading", rank=2)
    calling = views.CallingView("traders", decided, {"captions": True, "park_group": "floor"})
    given = msgspec.structs.replace(ready().encryption, calling=calling)
    async with start(ready(encryption=given), "3", "slash") as it:
        await it.type("calling")
        await it.press("enter")
        assert "captions yes, park group floor" in it.text.replace("_", " ")
        assert "decided by: Policy traders, from your group trading (rank 2)." in it.text
        await it.press("i")
        assert "! Policy traders says what your calls may do that are not E2EE." in it.text
        await it.press("i")
        assert it.text.count("Policy traders, from your group trading (rank 2).") == 2


async def test_a_device_that_differs_from_its_account_says_so(start: Start) -> None:
    given = ready().encryption
    off = msgspec.structs.replace(
        given, on=False, device_setting="off", device_setting_source="client.toml"
    )
    assert isinstance(off, EncryptionView)
    async with start(ready(encryption=off), "3") as it:
        assert "Set to off in client.toml on this device." in it.text


async def test_every_key_is_a_setting(start: Start) -> None:
    async with start(ready(), "3", "slash") as it:
        await it.type("call.record")
        await it.press("enter", "enter")
        await it.press("ctrl+u", "f", "5", "enter")
        assert it.engine.actions == [actions.ChangeSetting("keys.call.record", "f5")]


async def test_themes_and_glyphs_follow_at_once(start: Start) -> None:
    def with_value(key: str, value: str) -> tuple[views.SettingView, ...]:
        return tuple(
            msgspec.structs.replace(view, value=value) if view.key == key else view
            for view in SETTINGS
        )

    async with start(ready()) as it:
        for theme in ("light", "mono", "ansi", "no such theme"):
            it.engine.change(settings=with_value("ui.theme", theme))
            await it.settle()
            assert it.app.theme == (theme if theme != "no such theme" else "dark")
            assert "> Grace Hopper" in it.text
        it.engine.change(settings=with_value("ui.glyphs", "ascii"))
        await it.settle()
        assert "[E] compared" in it.text
        assert "[X] KEY CHANGED" in it.text
        assert it.text.isascii()
