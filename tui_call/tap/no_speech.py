"""A tap without a speech engine."""

import asyncio

from tui_call.signaling.tap_messages import SpeechState, TapMember
from tui_call.tap.keeping import HearSpeech, MemberFrame, SpeechSettings, TellSpeech


class NoSpeech:
    """Recognises nothing, and says so."""

    def __init__(self, _settings: SpeechSettings, _hear: HearSpeech, tell: TellSpeech) -> None:
        self._tell = tell
        asyncio.get_running_loop().call_soon(self.try_again)

    def listen(self, room: str, members: tuple[TapMember, ...]) -> None:
        """Recognise nobody."""

    def take(self, room: str, frame: MemberFrame) -> None:
        """Drop a frame."""

    async def finish(self, room: str) -> None:
        """Wait for nothing."""

    def try_again(self) -> None:
        """Say that there is no engine."""
        self._tell(SpeechState("N_ENGINE"))

    async def close(self) -> None:
        """End nothing."""
