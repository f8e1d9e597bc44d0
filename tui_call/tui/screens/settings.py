"""Settings: every key of the config, who set it, what limits it; own devices, and every key."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from tui_call.control.actions import (
    ChangeAccountSetting,
    ChangeName,
    ChangePolicy,
    ChangeSetting,
    LinkDevice,
    RemoveDevice,
)
from tui_call.control.lines import Result
from tui_call.control.views import OwnDeviceView, SentenceView, SettingView, Snapshot
from tui_call.sentences import paragraph_of, sentence, text_of
from tui_call.tui import keymap, lines
from tui_call.tui.admin_words import value_word
from tui_call.tui.keymap import bindings
from tui_call.tui.screens import own_devices, own_word
from tui_call.tui.screens.devices import DevicesScreen
from tui_call.tui.screens.dialogs import Choice, Choose, TypeLine
from tui_call.tui.screens.invite import DeviceLinkScreen
from tui_call.tui.screens.listing import ListingScreen
from tui_call.tui.widgets.painted import TextBlock
from tui_call.tui.widgets.rows import Row, Rows

_ACCOUNT = "account"
_POLICY = "policy"
_CALLING = "calling"
_NAME = "name"
_KEYS = "keys."
_ACCOUNT_CHOICES = (
    Choice("off", "off", text_of("T_CALLS_OFF")),
    Choice("on", "on", text_of("T_CALLS_ON")),
    Choice("require", "require", text_of("T_CALLS_REQUIRED")),
)
_POLICY_CHOICES = (
    Choice("disabled", "disabled", text_of("T_POLICY_OFF")),
    Choice("user_choice", "user choice", text_of("T_POLICY_ALLOWED")),
    Choice("required", "required", text_of("T_POLICY_REQUIRED")),
)
_NAME_ABOUT = text_of("T_NAME_KEEPS")
_PROBLEM = "config"
_NOTHING_LIMITS = text_of("T_NOTHING_LIMITS")


class SettingsScreen(ListingScreen):
    """What lives with the account, then this device's settings, then the keys."""

    where = "settings"
    name_shown = "Settings"
    nav = "app.settings"
    finds = "part of a setting's name"
    BINDINGS: ClassVar = [*bindings("settings")]

    def body(self) -> Iterable[Widget]:
        """Search, list, details of the chosen setting."""
        yield self.find
        yield Rows(id="settings")
        yield TextBlock(self._details, id="details")

    def counts(self) -> str:
        """Return how many settings differ from their defaults."""
        views = self.store.snapshot.settings if self.store.snapshot else ()
        changed = sum(view.value != view.default for view in views)
        return f"{changed} changed" if changed else "all at their defaults"

    def show(self, snapshot: Snapshot) -> None:
        """List every setting whose name or help holds what is looked for."""
        rows = [*self._problem_rows(snapshot), *self._account_rows(snapshot)]
        rows += own_devices.rows(snapshot, self.find, self.row_cells)
        device = [view for view in snapshot.settings if not view.key.startswith(_KEYS)]
        rows += self._section("This device", [view for view in device if self._found(view)])
        rows += self._section("Keys", [view for view in key_views(snapshot) if self._found(view)])
        self.query_one(Rows).fill(
            rows, ["", text_of("T_NO_SETTING", key=self.key_of("settings.back", "esc"))]
        )

    def _found(self, view: SettingView) -> bool:
        return self.find.finds(view.key, view.help)

    def _problem_rows(self, snapshot: Snapshot) -> list[Row]:
        """Return what is wrong in the files, as headings: there is nothing to choose in it."""
        said = [one.sentence for one in snapshot.notices if one.sentence.label == _PROBLEM]
        return [
            Row("", lines.line(("! ", "bold $warning"), lines.text(text)), heading=True)
            for sentence in said
            for text in (sentence.text, sentence.why)
            if text
        ]

    def _account_rows(self, snapshot: Snapshot) -> list[Row]:
        encryption = snapshot.encryption
        limited = "limited" if encryption.account_setting != "off" and not encryption.on else ""
        rows = [
            self._row(_ACCOUNT, "E2EE calls", encryption.account_setting, "your account", limited)
        ]
        if snapshot.me.role == "admin":
            said = "administrators"
            allowed = encryption.policy_allows.replace("_", " ")
            rows.append(self._row(_POLICY, "E2EE policy", allowed, said, ""))
        if (calling := encryption.calling) is not None:
            rows.append(self._row(_CALLING, "Calling policy", calling.policy, "administrators", ""))
        rows.append(self._row(_NAME, "Your name", lines.text(snapshot.me.name).plain, "", ""))
        for key, name in own_word.NAMES.items():
            limited = "limited" if own_word.limit(key, snapshot) else ""
            word = own_word.said(key, snapshot.me)
            rows.append(self._row(key, name, word, "your account", limited))
        found = [row for row in rows if self.find.finds(row.content.plain)]
        return [Row("", Content("Account"), heading=True), *found] if found else []

    def _section(self, title: str, views: list[SettingView]) -> list[Row]:
        rows = [
            self._row(
                view.key,
                _named(view),
                _shown(view),
                view.source if view.value != view.default or view.source != "default" else "",
                "limited" if own_word.is_limited(view) else "",
            )
            for view in views
        ]
        return [Row("", Content(title), heading=True), *rows] if rows else []

    def _row(self, key: str, name: str, value: str, source: str, limited: str) -> Row:
        room = self.row_cells
        first, second = (50, 18) if key.startswith(_KEYS) else (34, 32)
        first, second = room * first // 100, room * second // 100
        origin = lines.line((source, lines.SOFT), "  " if source else "", (limited, lines.WARN))
        return Row(
            key,
            lines.line(
                lines.column(name, first - 2),
                "  ",
                lines.column(value, second - 1, lines.STRONG),
                " ",
                origin.truncate(room - first - second, ellipsis=True),
            ),
        )

    # Details

    @property
    def chosen(self) -> str:
        """Key of the row under the cursor."""
        row = self.query_one(Rows).chosen
        return row.key if row else ""

    def _view(self) -> SettingView | None:
        snapshot = self.store.snapshot
        if snapshot is None:
            return None
        views = [*snapshot.settings, *key_views(snapshot)]
        return next((view for view in views if view.key == self.chosen), None)

    def _details(self, width: int) -> list[Content]:
        snapshot, view = self.store.snapshot, self._view()
        if snapshot is None or not self.chosen:
            return []
        if found := own_devices.find(snapshot, self.chosen):
            facts = own_devices.details(found, snapshot, width)
            return [fact.truncate(width, ellipsis=True) for fact in facts]
        if self.chosen in own_word.NAMES:
            return own_word.details(self.chosen, snapshot, width)
        if view is None:
            return _account_details(self.chosen, snapshot, width)
        facts = [lines.rule(width, view.key), lines.line(" ", lines.text(view.help))]
        default = _value(view.kind, view.default) or '""'
        said = f"default {default}   now set by {view.source}"
        if view.choices:
            said = f"one of {', '.join(view.choices)}   " + said
        facts.append(lines.line(" ", lines.text(said, lines.SOFT)))
        if view.limited_by is not None:
            mark = " ! " if own_word.is_limited(view) else "   "
            facts.append(lines.line((mark, "bold $warning"), lines.text(view.limited_by.text)))
        return [fact.truncate(width, ellipsis=True) for fact in facts]

    # Keys

    def action_change(self) -> None:
        """Change the chosen setting in the way of its kind."""
        snapshot, view = self.store.snapshot, self._view()
        if snapshot is None:
            return
        if self.chosen == _ACCOUNT:
            now = snapshot.encryption.account_setting
            self._choose("E2EE calls of your account", _ACCOUNT_CHOICES, now, self._set_account)
        elif self.chosen == _POLICY:
            now = snapshot.encryption.policy_allows
            title = "E2EE policy of the organisation"
            self._choose(title, _POLICY_CHOICES, now, self._set_policy)
        elif self.chosen in own_word.NAMES:
            self._ask_own_word(self.chosen, snapshot)
        elif self.chosen == _NAME:
            self._ask_name(snapshot.me.name)
        elif found := own_devices.find(snapshot, self.chosen):
            self._device(found, snapshot)
        elif view is not None:
            self._change(view)

    def _change(self, view: SettingView) -> None:
        def put(value: str | None) -> None:
            if value is not None and value != view.value:
                self.store.send(ChangeSetting(view.key, value))

        if view.kind == "switch":
            put("false" if view.value == "true" else "true")
        elif view.kind == "choice":
            choices = [Choice(value, value) for value in view.choices]
            self.store.push_screen(Choose(view.key, [view.help], choices, view.value), put)
        else:
            about = [view.help]
            if view.kind == "keys":
                about = [f"{view.help}.", text_of("T_KEY_FORM")]
            self.store.push_screen(TypeLine(view.key, about, view.value), put)

    def _device(self, found: OwnDeviceView, snapshot: Snapshot) -> None:
        """Ask whether a device shall be removed; say why where it cannot be."""
        if sentence := own_devices.not_removable(found, snapshot):
            self.explain(sentence)
            return

        def answered(answer: str | None) -> None:
            if answer == "remove":
                self.store.send(RemoveDevice(found.id))

        self.store.push_screen(own_devices.question(found), answered)

    def action_link(self) -> None:
        """Make a link for another device and show it."""
        self.store.send(LinkDevice(), self._show_link)

    def _show_link(self, made: Result) -> None:
        self.store.push_screen(
            DeviceLinkScreen(str(made.get("link", "")), float(made.get("expires", 0)))
        )

    def action_devices(self) -> None:
        """Choose and try sound devices."""
        self.store.push_screen(DevicesScreen())

    def _choose(
        self,
        title: str,
        choices: Sequence[Choice],
        now: str,
        then: Callable[[str | None], None],
    ) -> None:
        self.store.push_screen(Choose(title, [], choices, now), then)

    def _ask_name(self, now: str) -> None:
        def rename(name: str | None) -> None:
            if name and name != now:
                self.store.send(ChangeName(name))

        self.store.push_screen(
            TypeLine("Your name", [_NAME_ABOUT], now, objection=_no_name), rename
        )

    def _ask_own_word(self, key: str, snapshot: Snapshot) -> None:
        def answered(word: str | None) -> None:
            if word and (change := own_word.order(key, word)):
                self.store.send(change)

        self.store.push_screen(own_word.question(key, snapshot.me), answered)

    def _set_account(self, value: str | None) -> None:
        if value == "off" or value == "on" or value == "require":
            self.store.send(ChangeAccountSetting(value))

    def _set_policy(self, value: str | None) -> None:
        if value == "disabled" or value == "user_choice" or value == "required":
            self.store.send(ChangePolicy(value))

    def action_default(self) -> None:
        """Back to the default."""
        view = self._view()
        if view is not None and view.value != view.default:
            self.store.send(ChangeSetting(view.key, None))

    def action_why(self) -> None:
        """Say what limits the chosen setting, then who decided."""
        snapshot, view = self.store.snapshot, self._view()
        if snapshot is None or self.tell_who_decided():
            return
        if view is None:
            self.explain(*_why(self.chosen, snapshot))
        else:
            self.explain(view.limited_by or SentenceView("", "", _NOTHING_LIMITS))

    action_main = action_change


def key_views(snapshot: Snapshot) -> list[SettingView]:
    """Return one setting for each key binding; the engine knows only those that were changed."""
    changed = {view.key: view for view in snapshot.settings if view.key.startswith(_KEYS)}
    views: list[SettingView] = []
    for key in keymap.KEYS:
        name = f"{_KEYS}{key.id}"
        set_ = changed.get(name)
        value = (set_.value if set_ else "") or key.keys
        source = set_.source if set_ else "default"
        limited = set_.limited_by if set_ else None
        about = f"{keymap.TITLES[key.where]}: {key.tooltip}"
        views.append(SettingView(name, about, "keys", value, key.keys, source, limited_by=limited))
    return views


def _named(view: SettingView) -> str:
    if view.kind != "keys":
        return view.key
    return keymap.BY_ID[view.key.removeprefix(_KEYS)].tooltip


def _shown(view: SettingView) -> str:
    return _value(view.kind, view.value) or '""'


def _value(kind: str, value: str) -> str:
    if kind == "switch":
        return "on" if value == "true" else "off"
    if kind == "keys":
        return ", ".join(keymap.shown(form) for form in value.split(","))
    return value


def _no_name(typed: str) -> str:
    return "" if lines.text(typed).plain else text_of("T_NAME_MISSING")


def _why(chosen: str, snapshot: Snapshot) -> tuple[SentenceView, SentenceView]:
    """Return what is said of a row of the account, and who decided it."""
    encryption, calling = snapshot.encryption, snapshot.encryption.calling
    if chosen in own_word.NAMES:
        limited = own_word.limit(chosen, snapshot)
        nothing = SentenceView("", "", _NOTHING_LIMITS)
        return limited or nothing, own_word.decided_by(chosen, snapshot)
    if chosen == _CALLING and calling is not None:
        return sentence("T_CALLING_ABOUT", policy=calling.policy), calling.decided_by
    return encryption.status, encryption.decided_by


def _account_details(chosen: str, snapshot: Snapshot, width: int) -> list[Content]:
    encryption = snapshot.encryption
    if chosen == _POLICY:
        policy = encryption.policy or "of the organisation"
        said = [paragraph_of("T_POLICY_ABOUT", policy=policy)]
        title = "E2EE policy"
    elif chosen == _CALLING and encryption.calling is not None:
        calling = encryption.calling
        terms = (f"{name} {value_word(value)}" for name, value in calling.terms.items())
        said = [text_of("T_CALLING_ABOUT", policy=calling.policy), ", ".join(terms)]
        said.append(f"decided by: {calling.decided_by.text}")
        title = "Calling policy"
    elif chosen == _NAME:
        address = text_of("T_YOUR_ADDRESS", address=snapshot.me.account)
        said, title = [_NAME_ABOUT, address], "Your name"
    else:
        said = [encryption.status.text, f"decided by: {encryption.decided_by.text}"]
        title = "E2EE calls"
        if encryption.device_setting != "follow":
            source = encryption.device_setting_source
            set_to = encryption.device_setting
            said.append(text_of("T_SET_HERE", value=set_to, source=source))
    facts = [lines.rule(width, title), *(lines.line(" ", lines.text(row)) for row in said)]
    return [fact.truncate(width, ellipsis=True) for fact in facts]
