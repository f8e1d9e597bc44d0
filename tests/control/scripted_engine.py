"""An engine behind a control socket that does as its test says."""

import asyncio
from collections.abc import Mapping

from tui_call.control import lines
from tui_call.control.actions import Action, Mute, SetPresence, ShowCaptions
from tui_call.control.server import ActionRefused, CaptionReader
from tui_call.control.views import (
    EncryptionView,
    MeView,
    PersonView,
    SentenceView,
    ServiceView,
    Snapshot,
)

WORDS = SentenceView("CODE", "label", "text")


class ScriptedEngine:
    """Notes what it is ordered, and answers as it is told."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.ben = PersonView("ben@home", "Ben", "free")
        self.gate = asyncio.Event()
        self.readers: list[CaptionReader] = []

    def snapshot(self, *, lists: bool = True) -> Snapshot:
        return Snapshot(
            MeView("ready", "default"),
            ServiceView("online"),
            EncryptionView(True, WORDS, WORDS),
            people=(self.ben,) if lists else (),
        )

    async def act(self, action: Action, reader: CaptionReader) -> Mapping[str, object]:
        self.actions.append(action)
        match action:
            case ShowCaptions():
                self.readers.append(reader)
            case Mute():
                raise ActionRefused("gate", SentenceView("N_MIC", "Mute", "No microphone"))
            case SetPresence():
                raise RuntimeError("a defect of the engine")
            case _:
                await self.gate.wait()
        return {"done": 1}

    def left(self, reader: CaptionReader) -> None:
        if reader in self.readers:
            self.readers.remove(reader)

    def say(self, caption: lines.Caption) -> None:
        for reader in self.readers:
            reader.put_caption(caption)


def caption(utterance: int, revision: int, *, final: bool = False) -> lines.Caption:
    text = f"revision {revision} of {utterance}"
    return lines.Caption("", 1, "Ben", utterance, revision, text, final=final)
