"""Opening the identity with the system's keyring, which may ask the person first."""

import logging

from tui_call.engine.account.profile_writer import apart
from tui_call.engine.changes import Changes
from tui_call.engine.ending import Ending
from tui_call.engine.service.belonging import Belonging
from tui_call.errors import LocalFault
from tui_call.profile.keyring_backend import KeyringUnavailable
from tui_call.profile.profile import Profile

log = logging.getLogger(__name__)


class Unlocking:
    """Opens a locked profile.

    Attributes:
        asks_keyring: the keyring has not answered yet.
    """

    def __init__(
        self, profile: Profile, belonging: Belonging, changes: Changes, ending: Ending
    ) -> None:
        self.asks_keyring = False
        self._profile = profile
        self._belonging = belonging
        self._changes = changes
        self._ending = ending

    @property
    def left_to_keyring(self) -> bool:
        """Whether the profile is locked, and the keyring has what opens it."""
        return self._profile.state == "locked" and self._profile.protection == "keyring"

    async def ask_keyring(self) -> None:
        """Ask for as long as it takes; a profile that turns out damaged ends the engine."""
        self.asks_keyring = True
        try:
            async with self._belonging.changing:
                await self.unlock()
        except KeyringUnavailable:
            log.info("keyring does not answer")
        except LocalFault as fault:
            self._ending.fail(fault)
        finally:
            self.asks_keyring = False
            self._changes.show("me")

    async def unlock(self, passphrase: str = "") -> None:
        """Open the profile and connect, while the caller holds `Belonging.changing`.

        Raises:
            LocalFault: it does not open; see `Profile.unlock`.
        """
        await apart(lambda: self._profile.unlock(passphrase))
        await self._belonging.connect()
