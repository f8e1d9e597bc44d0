"""Short-lived credentials for the organisation's STUN and TURN servers.

The way of a shared secret that TURN servers know as "TURN REST" (coturn: `use-auth-secret`): the
username is the time at which it ends and an id, the credential an HMAC of it. The id is drawn anew
each time, so that a relay cannot tell which calls are one account's.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from tui_call.config.ice_server import parse_ice_server
from tui_call.service.faults import RelaySecretUnusable
from tui_call.signaling.messages import MOST_RELAY_SERVERS, Relays

ID_BYTES = 8
LEAST_SECRET = 16
"""Characters; a shorter secret is guessed from one username and its credential."""


@dataclass(frozen=True, slots=True)
class RelayAccess:
    """What devices are told of servers.

    Attributes:
        servers: as in service.toml, without user and password.
        secret: shared with the TURN servers.
        lifetime: seconds for which credentials hold.
    """

    servers: tuple[str, ...] = ()
    secret: bytes = field(default=b"", repr=False)
    lifetime: int = 3600

    def grant(self, request: int, now: float) -> Relays:
        """Return the servers with fresh credentials, for a request at a Unix time."""
        servers = self.servers[:MOST_RELAY_SERVERS]
        if not self.secret:
            return Relays(request, servers, "", "", self.lifetime)
        username = f"{int(now) + self.lifetime}:{secrets.token_hex(ID_BYTES)}"
        digest = hmac.digest(self.secret, username.encode(), hashlib.sha1)
        credential = base64.b64encode(digest).decode()
        return Relays(request, servers, username, credential, self.lifetime)


def relay_access(servers: tuple[str, ...], secret_file: Path | None, lifetime: int) -> RelayAccess:
    """Return what service.toml says of relays.

    Raises:
        RelaySecretUnusable: there is a TURN server, and no file with a secret of enough length.
    """
    if not any(parse_ice_server(server).relays for server in servers):
        return RelayAccess(servers, lifetime=lifetime)
    if secret_file is None:
        raise RelaySecretUnusable("unset")
    try:
        secret = secret_file.read_bytes().strip()
    except OSError as error:
        raise RelaySecretUnusable("not read", path=secret_file, reason=error.strerror) from error
    if len(secret) < LEAST_SECRET:
        raise RelaySecretUnusable("short", path=secret_file, n=LEAST_SECRET)
    return RelayAccess(servers, secret, lifetime)
