"""An engine for tests of the screen: a scripted snapshot, and a record of what was asked of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from tui_call.control.actions import Action
from tui_call.control.client import CommandRefused, Pulse
from tui_call.control.lines import Error, ErrorCode, Result, Statistics
from tui_call.control.pending import Update
from tui_call.control.replica import Replica
from tui_call.control.views import (
    CallView,
    CapabilityView,
    CodeView,
    DevicesView,
    DeviceView,
    EncryptionView,
    EventView,
    HistoryView,
    MemberView,
    MeView,
    PastMemberView,
    PersonView,
    SentenceView,
    ServiceView,
    SettingView,
    Snapshot,
)
from tui_call.sentences import sentence

NOW = 1_787_234_461.0  # Thursday 20 August 2026, 14:01:01 UTC
DAY = 86_400.0
CALL_ID = "00" * 16
HOSTILE = (
    "[@click=app.quit]Mallory[/] \x1b[31;1mred\x1b]0;title\x07 \u202egro.live\u2069 \ufeff\x9b31m "
    + "A" * 10_000
)


def said(code: str, audience: str = "", **fields: object) -> SentenceView:
    """Return a sentence as an engine sends it."""
    return sentence(code, audience, **fields)


class FakeEngine:
    """Satisfies `tui_call.tui.store.Engine`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.pulse: Pulse = "ok"
        self.actions: list[Action] = []
        self.results: dict[type, Result] = {}
        self.refusals: dict[type, CommandRefused] = {}
        self.closed = False
        self.ended = False
        self._updates: asyncio.Queue[Update | None] = asyncio.Queue()

    async def attach(self) -> "FakeEngine":
        """Be attached to, as `control.launch.attach` would be."""
        return self

    async def command(self, action: Action) -> Result:
        """Record an action and answer as the script says."""
        self.actions.append(action)
        if type(action) in self.refusals:
            raise self.refusals[type(action)]
        return self.results.get(type(action), {})

    async def lines(self) -> AsyncIterator[Update]:
        """Yield what the test pushes."""
        while (update := await self._updates.get()) is not None:
            yield update

    async def wait_for_change(self) -> None:
        """Wait for what the test pushes."""
        await self._updates.get()

    async def close(self) -> None:
        """Be left."""
        self.closed = True
        self._updates.put_nowait(None)

    # The test's side

    def refuse(self, action: type, code: ErrorCode, words: SentenceView | str) -> None:
        """Refuse an action from now on."""
        given = words if isinstance(words, SentenceView) else None
        detail = words.text if isinstance(words, SentenceView) else words
        self.refusals[action] = CommandRefused(Error(0, code, detail, given))

    def change(self, **parts: Any) -> None:
        """Give parts of the snapshot new values; `call` is the only one."""
        parts = calls_of(parts)
        before = Replica(self.snapshot)
        self.snapshot = msgspec.structs.replace(self.snapshot, **parts)
        for name in parts:
            for delta in before.differences(name, parts[name]):  # pyright: ignore[reportArgumentType]
                self.push(delta)

    def change_call(self, **fields: Any) -> None:
        """Change fields of the call in front, or of the one other in it."""
        front, *others = self.snapshot.calls
        self.change(calls=(with_fields(front, fields), *others))

    def push(self, update: Update) -> None:
        """Send a line; figures are those of the call that is on, unless they name another one."""
        if isinstance(update, Statistics) and not update.call and self.snapshot.front is not None:
            update = msgspec.structs.replace(update, call=self.snapshot.front.id)
        self._updates.put_nowait(update)

    @property
    def drained(self) -> bool:
        """Whether all that was pushed was read."""
        return self._updates.empty()

    def die(self, *, told: bool = False) -> None:
        """Be gone, without a word or because it was told to end."""
        self.ended = told
        self._updates.put_nowait(None)


# Scripted snapshots


def person(name: str, **fields: Any) -> PersonView:
    """Return somebody at acme whose key was compared."""
    account = f"{name.split()[0].lower()}@acme" if name.isprintable() else "mallory@acme"
    given: dict[str, Any] = {
        "account": account,
        "presence": "free",
        "standing": "compared",
        "standing_when": NOW - 6 * DAY,
        "compared_how": "digits",
        "fingerprint": "012345678901234567890123456789987654321098765432109876543210",
        "e2ee": said("SH_COMPARED", date="14 Aug 2026"),
    }
    return PersonView(name=name, **{**given, **fields})


NEW_KEY = "777770123456789012345678901234567890123456789012345678901234"
GRACE = person("Grace Hopper", last_call=NOW - DAY, devices=("laptop",), missed=1)
PEOPLE = (
    GRACE,
    person(
        "Alan Turing",
        presence="busy",
        standing="seen_before",
        e2ee=said("SH_SEEN"),
        last_call=NOW - 3 * DAY,
    ),
    person(
        "Katherine Johnson",
        presence="away",
        standing="new",
        fingerprint="",
        e2ee=said("SH_NEW"),
        last_call=0,
    ),
    person(
        "Radia Perlman", standing="changed", e2ee=said("SH_CHANGED", peer="Radia Perlman"),
        last_call=NOW - 18 * DAY, offered_fingerprint=NEW_KEY, held_back=2,
    ),
    person("Shafi Goldwasser", presence="offline", standing="new", e2ee=said("SH_NEW")),
    person("Echo (test)", last_call=NOW - 4 * 3600),
)  # fmt: skip

CODE = CodeView(
    "4821 9930 1274 8853 0021",
    True,
    (
        ("🐶", "dog"), ("🎸", "guitar"), ("🌵", "cactus"), ("⚓", "anchor"), ("🍕", "pizza"),
        ("🚀", "rocket"), ("🔑", "key"),
    ),
    ("anchor", "velvet", "orbit", "maple", "signal", "harbor"),
)  # fmt: skip

_KIND = said("SRC_KIND")
CAPABILITIES = (
    *(
        CapabilityView(name, label, on=True)
        for name, label in (
            ("mute", "Mute"), ("hold", "Hold"), ("keys", "Keys"), ("devices", "Devices"),
            ("notes", "Notes"), ("figures", "Figures"),
        )
    ),
    *(
        CapabilityView(name, label, on=False, short=short, reason=said(code), decided_by=_KIND)
        for name, label, short, code in (
            ("record", "Record", "needs a third listener", "E_RECORD"),
            ("captions", "Captions", "needs a third listener", "E_CAPTIONS"),
            ("transcript", "Transcript", "needs a third listener", "E_TRANSCRIPT"),
            ("transfer", "Transfer", "E2EE keys cannot move", "E_TRANSFER"),
            ("consult", "Ask first", "E2EE keys cannot move", "E_CONSULT"),
            ("park", "Park", "E2EE keys cannot move", "E_PARK"),
            ("merge", "Merge", "E2EE is for two", "E_MERGE"),
            ("add", "Add people", "E2EE is for two", "E_ADD"),
            ("hand_over", "Hand over", "E2EE keys cannot move", "E_HANDOVER"),
        )
    ),
)  # fmt: skip

SETTINGS = (
    SettingView(
        "e2ee.calls", "E2EE calls on this device; follow takes the account's setting.", "choice",
        "follow", "follow", "default", ("follow", "off", "on", "require"),
    ),
    SettingView(
        "audio.microphone", 'Name of the microphone; "" is the system\'s default.', "text",
        "Blue Yeti", "", "client.toml",
    ),
    SettingView(
        "engine.stay", "Keep running with no screen open, so that calls ring.", "switch", "false",
        "false", "default",
    ),
    SettingView(
        "engine.end_when_idle_s", "Without stay: end so many seconds after the last screen.",
        "number", "30", "30", "default",
    ),
    SettingView(
        "network.relay_only", "Send sound only through a relay, which hides addresses.", "switch",
        "true", "false", "environment", limited_by=said("ON_REQUIRED", policy="relays"),
    ),
    SettingView(
        "ui.glyphs", "Symbols, or plain ASCII for all.", "choice", "unicode", "unicode", "default",
        ("unicode", "ascii"),
    ),
    SettingView(
        "ui.calm", "No animation, and meters at most once a second.", "switch", "false", "false",
        "default",
    ),
    SettingView(
        "ui.theme", "Colours of the screen.", "choice", "dark", "dark", "default",
        ("dark", "light", "mono", "ansi"),
    ),
)  # fmt: skip

HISTORY = (
    HistoryView(
        NOW - 21_000, (PastMemberView("grace@acme", "Grace Hopper"),), "missed", 0,
        said("R_CANCELLED", peer="Grace Hopper"),
    ),
    HistoryView(
        NOW - DAY, (PastMemberView("grace@acme", "Grace Hopper"),), "outgoing", 761,
        said("G_ENDED", dur="12:41", who="You"),
    ),
    HistoryView(
        NOW - 3 * DAY, (PastMemberView("alan@acme", "Alan Turing"),), "incoming", 62,
        said("G_ENDED", dur="1:02", who="Alan Turing"),
    ),
    HistoryView(
        NOW - 30 * DAY, (PastMemberView("radia@acme", "Radia Perlman"),), "outgoing", 0,
        said("R_NO_ANSWER", peer="Radia Perlman", n=60),
    ),
)  # fmt: skip

DEVICES = DevicesView(
    (
        DeviceView("Blue Yeti", True, False),
        DeviceView("HD 450", False, True),
        DeviceView("Built-in Audio", True, True),
    ),
    "Blue Yeti",
    "HD 450",
)


def ready(**fields: Any) -> Snapshot:
    """Return the state of Ada at acme, with no call; `call` is the only one."""
    given: dict[str, Any] = {
        "me": MeView(
            "ready", "default", "Ada Lovelace", "ada@acme", "acme", "Acme", protection="keyring",
            fingerprint="0" * 30, device="laptop",
        ),
        "service": ServiceView("online", address="192.0.2.7:4433"),
        "encryption": EncryptionView(
            True, said("ON_SELF", policy="finance-e2ee"), said("SRC_SELF", file="client.toml"),
            policy="finance-e2ee", policy_allows="user_choice", account_setting="on",
        ),
        "people": PEOPLE,
        "devices": DEVICES,
        "settings": SETTINGS,
        "history": HISTORY,
    }  # fmt: skip
    return Snapshot(**{**given, **calls_of(fields)})


def calls_of(parts: dict[str, Any]) -> dict[str, Any]:
    """Return parts of a snapshot, with the only call under `calls` where it is given as `call`."""
    if "call" not in parts:
        return parts
    call = parts["call"]
    calls = () if call is None else (call,)
    return {name: parts[name] for name in parts if name != "call"} | {"calls": calls}


def new(**fields: Any) -> Snapshot:
    """Return the state before set-up."""
    return ready(me=MeView("new", "default"), people=(), history=(), **fields)


def active_call(peer: PersonView = GRACE, **fields: Any) -> CallView:
    """Return a call that has been on for a while."""
    given: dict[str, Any] = {
        "id": CALL_ID,
        "direction": "outgoing",
        "phase": "active",
        "shield": said("SH_COMPARED", date="14 Aug 2026"),
        "started": NOW - 761,
        "microphone": "on",
        "capabilities": CAPABILITIES,
        "events": (
            EventView(NOW - 761, SentenceView("", "", "Grace answered. Keys agreed.")),
            EventView(NOW - 760, SentenceView("", "", "Code compared earlier; same key.")),
            EventView(NOW - 312, said("G_SERVICE_BACK")),
        ),
        "quality": "good",
        "path": "direct/UDP",
    }
    bare = CallView(members=(MemberView(peer),), **given)
    agreed = {"code": CODE, "compare": said("G_COMPARE_ASK", peer=peer.name)}
    return with_fields(bare, {**agreed, **fields})


def with_fields(call: CallView, fields: dict[str, Any]) -> CallView:
    """Return a call with other values; some are of the one other in it."""
    names = MemberView.__struct_fields__
    of_member = {name: fields[name] for name in fields if name in names}
    of_call = {name: fields[name] for name in fields if name not in names}
    member = msgspec.structs.replace(call.member, **of_member)
    return msgspec.structs.replace(call, members=(member,), **of_call)


def ringing_call(peer: PersonView = GRACE, **fields: Any) -> CallView:
    """Return a call that rings here."""
    given: dict[str, Any] = {
        "direction": "incoming",
        "phase": "ringing",
        "ringing_here": True,
        "started": 0,
        "microphone": "off",
        "code": None,
        "compare": None,
        "quality": "",
        "path": "",
        "events": (),
    }
    return active_call(peer, **{**given, **fields})
