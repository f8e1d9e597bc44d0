"""Every key of the application in one table, and what `[keys]` may put in its place.

Screens take their bindings from here, hints and Help show this table, and the config changes it by
the id. Some keys cannot be bound, as a terminal or a habit has taken them: ctrl with m i h j [,
ctrl with a b n s t w z, alt with a letter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SENT_AS = {
    "m": "Enter",
    "i": "Tab",
    "h": "Backspace",
    "j": "a new line",
    "[": "Esc",
    "left_square_bracket": "Esc",
}
_TAKEN = frozenset("abnstwz")


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the table.

    Attributes:
        id: stable name; `[keys]`, `CapabilityView.key` and the remedies of sentences use it.
        keys: default keys, the one that is shown first.
        label: a word or two for hints; "" keeps it out of them.
        tooltip: what it does, for Help and the palette.
        priority: works also in a text field.
        action: the method without "action_", if it is not the last part of the id.
    """

    id: str
    keys: str
    label: str
    tooltip: str
    priority: bool = False
    action: str = ""

    @property
    def where(self) -> str:
        """The first part of the id: the screen or the circumstance in which it works."""
        return self.id.partition(".")[0]


def _use(id_: str, keys: str, label: str, tooltip: str) -> Key:
    return Key(id_, keys, label, tooltip, action=f"use('{id_.partition('.')[2]}')")


TITLES = {
    "app": "Everywhere",
    "talk": "Any screen, call on",
    "bar": "First line",
    "list": "Lists",
    "people": "People",
    "incoming": "Incoming call",
    "waiting": "Waiting call",
    "call": "Call",
    "captions": "Captions",
    "why": "Not E2EE",
    "consent": "Consent",
    "person": "Choosing a person",
    "roster": "Who is in the call",
    "kept": "Recordings and transcripts",
    "keys": "Keys panel",
    "calls": "Calls",
    "settings": "Settings",
    "admin": "Admin",
    "opened": "Admin, opened",
    "publish": "Admin, publish",
    "welcome": "Welcome",
    "field": "Text fields",
    "choice": "Questions",
    "page": "Help, invite, figures",
    "engine": "Engine lost",
}

KEYS: tuple[Key, ...] = (
    Key("app.people", "1", "People", "Show everybody you can call"),
    Key("app.calls", "2", "Calls", "Show past calls"),
    Key("app.settings", "3", "Settings", "Show every setting and who limits it"),
    Key("app.admin", "4", "Admin", "Administer the organisation, or read how it is"),
    Key("app.call", "0,f8", "Call", "Show the call"),
    Key("app.find", "slash", "Find", "Find by name"),
    Key("app.commands", "colon,ctrl+p", "Commands", "Find a command by its name"),
    Key("app.help", "question_mark,f1", "Help", "Show all keys"),
    Key("app.presence", "z", "", "Do not disturb, on or off"),
    Key("app.leave", "q", "Leave", "Leave; asks while a call is on"),
    Key("app.leave_anywhere", "ctrl+q,ctrl+c", "", "Leave, also from a text field", priority=True,
        action="leave"),
    Key("talk.talk", "space", "Talk", "Hold to talk while muted; a tap keeps it open",
        priority=True),
    Key("talk.mute", "m", "Mute", "Mute or open the microphone"),
    Key("talk.mute_anywhere", "ctrl+o", "", "Mute or open the microphone, also from a text field",
        priority=True, action="mute"),
    Key("talk.end", "ctrl+x", "End", "End the call; in a text field press it twice",
        priority=True),
    Key("talk.waiting", "w", "Other call", "The other call: who waits, or swap with it"),
    Key("bar.keys", "enter", "", "Show the keys panel", action="app.keys_panel"),
    Key("list.up", "up,k", "", "The row above"),
    Key("list.down", "down,j", "", "The row below"),
    Key("list.first", "home", "", "The first row"),
    Key("list.last", "end", "", "The last row"),
    Key("list.page_up", "pageup", "", "A screenful up"),
    Key("list.page_down", "pagedown", "", "A screenful down"),
    Key("people.call", "enter,c", "Call", "Call this person, end-to-end encrypted"),
    Key("people.standard", "s", "Standard",
        "Call this person through the bridge, which can hear; not E2EE"),
    Key("people.mark", "x", "", "Mark this person, to ring several at once"),
    Key("people.ring", "S", "", "Ring all who are marked, in one standard call"),
    Key("people.retrieve", "P", "", "Take a call that is parked"),
    Key("people.keys", "v", "Keys", "Show this person's key and fingerprint"),
    Key("people.why", "i", "Why", "Why E2EE calls are on or off, and who decided"),
    Key("people.add", "plus", "Add", "Add a person by address"),
    Key("people.invite", "I", "Invite", "Make a link that brings somebody here"),
    Key("people.block", "b", "Block", "Block or unblock this person; asks first"),
    Key("people.recordings", "R", "Recordings", "Recordings and transcripts"),
    Key("people.history", "H", "", "Past calls with this person"),
    Key("people.back", "escape", "", "Close the reason line or the search"),
    Key("incoming.answer", "a", "Answer", "Answer"),
    Key("incoming.answer_muted", "m", "Muted", "Answer with the microphone muted"),
    Key("incoming.decline", "d", "Decline", "Decline"),
    Key("incoming.silence", "q,escape", "Silence", "Let it ring without a sound here"),
    Key("incoming.keys", "v", "Keys", "Show the key of who is calling"),
    Key("incoming.why", "i", "Why", "Why this call is end-to-end encrypted, or not"),
    Key("waiting.hold", "a", "Hold and answer", "Hold the call you are in, and answer"),
    Key("waiting.end", "e", "End and answer", "End the call you are in, and answer"),
    Key("waiting.decline", "d", "Decline", "Decline; the call you are in goes on"),
    Key("waiting.back", "escape", "Back", "Back; the caller goes on waiting"),
    Key("waiting.keys", "v", "Keys", "Show the key of who is calling"),
    Key("waiting.why", "i", "", "Why this call is end-to-end encrypted, or not"),
    _use("call.keys", "v", "Keys", "Show and compare the code of this call"),
    _use("call.hold", "h", "Hold", "Hold or resume"),
    _use("call.devices", "d", "Devices", "Choose sound devices; headphones, noise and gain"),
    _use("call.notes", "n", "Notes", "Write a note in the call"),
    _use("call.figures", "f", "", "Show or hide the figures of the connection"),
    _use("call.record", "r", "", "Record"),
    _use("call.captions", "t", "", "Captions"),
    _use("call.transcript", "T", "", "Transcript"),
    _use("call.transfer", "x", "", "Transfer"),
    _use("call.consult", "X", "", "Ask first, then transfer"),
    _use("call.park", "p", "", "Park"),
    _use("call.merge", "g", "", "Merge with another call"),
    _use("call.add", "plus", "", "Add people"),
    _use("call.hand_over", "H", "", "Hand over to another device of yours"),
    Key("call.roster", "u", "Roster", "Who is in the call, since when, and who added them"),
    Key("call.retrieve", "P", "", "Take a call that is parked"),
    Key("call.leave", "l", "", "Ask the other person to leave E2EE for what you pressed"),
    Key("call.choose", "enter", "", "What works in this call, what not, and why"),
    Key("call.why", "i", "", "Who decided what the reason line says"),
    Key("call.again", "c", "Call again", "Call the same people again"),
    Key("call.back", "escape", "Back", "Close what is open, then back to People"),
    Key("call.recordings", "R", "Recordings", "Recordings and transcripts"),
    Key("captions.find", "slash", "", "Look for words in the captions", action="find_words"),
    Key("captions.up", "up", "", "Captions: the line before, or the words found before",
        action="read('up')"),
    Key("captions.down", "down", "", "Captions: the line after, or the words found after",
        action="read('down')"),
    Key("captions.page_up", "pageup", "", "Captions: a screenful back",
        action="read('page_up')"),
    Key("captions.page_down", "pagedown", "", "Captions: a screenful forth",
        action="read('page_down')"),
    Key("captions.first", "home", "", "Captions: the first words", action="read('first')"),
    Key("captions.last", "end", "", "Captions: the newest words", action="read('last')"),
    Key("why.go", "y", "Go E2EE", "Ask the other person to go E2EE, so that only you two hear"),
    Key("why.who", "i", "Who decided", "Who decided that this call is not E2EE"),
    Key("why.back", "escape", "Back", "Close the reason line, then back to the call"),
    Key("consent.yes", "y", "Yes", "Agree to what is asked"),
    Key("consent.no", "n,escape", "No", "Say no, or take back what you asked"),
    Key("person.take", "enter", "Take", "Take the person that is marked by the cursor"),
    Key("person.down", "down", "Next row", "The row below"),
    Key("person.up", "up", "", "The row above"),
    Key("person.cancel", "escape", "Cancel", "Close, nothing changes"),
    Key("roster.add", "plus", "Add", "Add people"),
    Key("roster.agree", "y", "Keep me too", "Agree that what you say in this call is kept",
        action="agree(True)"),
    Key("roster.refuse", "n", "Keep me out", "Let nothing be kept of you in this call from now on",
        action="agree(False)"),
    Key("roster.back", "escape,u", "Back", "Back to the call"),
    Key("kept.details", "enter", "Details", "Show or hide all that is known of this one"),
    Key("kept.export", "x", "Export", "Fetch its files into a folder of this computer"),
    Key("kept.delete", "delete", "Delete", "Delete it for everybody; asks first"),
    Key("kept.back", "escape,R", "Back", "Close the reason line, then back"),
    Key("keys.match", "y", "They match", "The same, or take the new key; it works after a moment"),
    Key("keys.differ", "n", "Differ", "It differs: press twice; in a call it ends it"),
    Key("keys.type", "t", "Type", "Type what you heard or see there; it is compared here"),
    Key("keys.undo", "u", "Undo", "Take a match back, soon after it"),
    Key("keys.form", "f", "Next form", "Digits, words, pictures, in person"),
    Key("keys.later", "escape", "Later", "Back without saying anything"),
    Key("calls.details", "enter", "Details", "Show or hide the whole story of this call"),
    Key("calls.again", "c", "Call back", "Call who was in it"),
    Key("calls.missed", "f", "Missed only", "Show missed calls only, or all"),
    Key("calls.back", "escape", "", "Close the reason line or the search, then back to People"),
    Key("settings.change", "enter", "Change", "Change this setting"),
    Key("settings.default", "r", "Default", "Back to the default"),
    Key("settings.link", "L", "Link device", "Link another device of yours, by link or QR code"),
    Key("settings.devices", "d", "Devices", "Choose sound devices, and hear yourself"),
    Key("settings.why", "i", "Who limits it", "Who set this and what limits it"),
    Key("settings.back", "escape", "", "Close the reason line or the search, then back to People"),
    Key("admin.open", "enter", "Open", "Open this row"),
    Key("admin.new", "plus", "New", "Put a new policy, person or group into the draft"),
    Key("admin.publish", "ctrl+y", "Publish", "Show what the draft changes; then y publishes it"),
    Key("admin.undo", "u", "Undo draft", "Take the newest change out of the draft"),
    Key("admin.next", "right", "Next list", "Show the list to the right"),
    Key("admin.previous", "left", "", "Show the list to the left"),
    Key("admin.try_call", "t", "Try a call", "What a call between two people would be, and why"),
    Key("admin.back", "escape", "", "Close the reason line or the search, then back to People"),
    Key("opened.change", "enter", "Change", "Change this row; it goes into the draft"),
    Key("opened.new", "plus", "Add", "Grant this policy, or add somebody to this group"),
    Key("opened.publish", "ctrl+y", "Publish", "Show what the draft changes; then y publishes it"),
    Key("opened.undo", "u", "Undo draft", "Take the newest change out of the draft"),
    Key("opened.back", "escape", "Back", "Close the reason line, then back to the list"),
    Key("publish.publish", "y", "Publish", "Make the changes that are shown, as they are shown"),
    Key("publish.back", "escape", "Back", "Back; the draft stays, nothing is published"),
    Key("welcome.next", "enter", "Next", "To the next step"),
    Key("welcome.back", "escape", "Back", "To the step before"),
    Key("welcome.devices", "d", "Devices", "Choose another microphone"),
    Key("field.done", "enter", "Done", "Take what you typed"),
    Key("field.cancel", "escape", "Cancel", "Close without it"),
    Key("field.empty", "ctrl+u", "Empty", "Empty the field", priority=True),
    Key("choice.choose", "enter", "Choose", "Take the chosen row"),
    Key("choice.cancel", "escape", "Cancel", "Close, nothing changes"),
    Key("page.close", "escape", "Close", "Back to where you were"),
    Key("engine.attach", "enter,0", "Start it", "Connect to the engine, start it if none runs"),
)  # fmt: skip

BY_ID: Mapping[str, Key] = {key.id: key for key in KEYS}

_KEY = re.compile(r"((ctrl|shift|alt|super)\+)*([a-zA-Z0-9_]{1,32}|[!-~])", re.ASCII)


def objection(keys: str) -> str:
    """Say why keys cannot be bound, "" if they can.

    Args:
        keys: one key, or several separated by commas: "r", "q,ctrl+q", "question_mark".
    """
    if keys == ",":
        return ""
    for key in keys.split(","):
        if not _KEY.fullmatch(key.strip()):
            return "a key is written like r, R, f1, ctrl+r or question_mark"
        reason = _never_bound(key.strip().lower())
        if reason:
            return reason
    return ""


def _never_bound(key: str) -> str:
    *modifiers, letter = key.split("+")
    if modifiers == ["ctrl"] and letter in _SENT_AS:
        return f"{key} cannot be bound: terminals send it as {_SENT_AS[letter]}"
    if modifiers == ["ctrl"] and letter in _TAKEN:
        return f"{key} cannot be bound: terminals and multiplexers keep it for themselves"
    if modifiers == ["alt"] and len(letter) == 1 and letter.isalpha():
        return f"{key} cannot be bound: terminals send alt and a letter as Esc and the letter"
    return ""
