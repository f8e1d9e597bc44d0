"""What helps, told to those who have no keys: the command or verb that does what a remedy names."""

from collections.abc import Mapping

from tui_call.control.verbs import BY_NAME, Face
from tui_call.sentences import Remedy, Sentence

_COMMAND = "tui-call"
_VERBS: Mapping[str, str] = {
    "talk.end": "hangup",
    "talk.mute": "mute",
    "talk.waiting": "calls",
    "incoming.answer": "answer",
    "incoming.decline": "decline",
    "consent.yes": "yes",
    "consent.no": "no",
    "call.again": "call",
    "call.add": "add",
    "call.transfer": "complete",
    "call.park": "park",
    "call.retrieve": "retrieve",
    "call.record": "record",
    "call.transcript": "transcribe",
    "call.captions": "captions",
    "call.recordings": "recordings",
    "call.leave": "leave",
    "call.hold": "hold",
    "call.keys": "keys",
    "call.notes": "note",
    "call.why": "why",
    "keys.type": "type",
    "keys.match": "match",
    "keys.differ": "differ",
    "keys.undo": "undo",
    "roster.agree": "agree",
    "roster.refuse": "agree",
    "people.add": "contact",
    "people.block": "block",
    "people.call": "call",
    "app.people": "contacts",
    "app.calls": "history",
}
"""The verb that does what a key does, by the key's id."""


def with_remedies(sentence: Sentence, face: Face) -> str:
    """Return a sentence with what helps behind it, as it is said there.

    Args:
        sentence: to be told.
        face: the command line, or the prompt of lines.
    """
    ways = dict.fromkeys(filter(None, (_said(remedy, face) for remedy in sentence.remedies)))
    new = [way for way in ways if way not in sentence.whole]
    return f"{sentence.whole} ({' or '.join(new)})" if new else sentence.whole


def _said(remedy: Remedy, face: Face) -> str:
    if remedy.action.partition(" ")[0] == _COMMAND:
        return remedy.action
    verb = BY_NAME.get(_VERBS.get(remedy.action, ""))
    if verb is None or face not in verb.faces:
        return ""
    return f"{_COMMAND} {verb.usage}" if face is Face.COMMAND else verb.usage
