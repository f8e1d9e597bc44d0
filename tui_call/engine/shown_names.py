"""How people are called on the screen: two who look alike are told apart by their addresses.

A name is what somebody chose, an address is given by the service and belongs to one account. So a
name that looks like another's, or like an address, stands behind the own one: "ada-2 (Ada)". So
does that of a stranger: another one may be called the same.
"""

from collections.abc import Iterable, Mapping

from tui_call.foreign_text import skeleton


class ShownNames:
    """Names of all who are known, and which of them could be mixed up."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take the cleaned names by account, "" for who has none."""
        self._names = names
        self._shown: dict[str, str] = {}
        self._looks: dict[str, set[str]] = {}
        for account, name in names.items():
            for look in filter(None, (name, user_part(account))):
                self._looks.setdefault(skeleton(look), set()).add(account)

    def of(self, account: str) -> str:
        """Return the name to show, the address where there is none."""
        if account not in self._names:
            return account
        if account not in self._shown:
            self._shown[account] = self._told_apart(account)
        return self._shown[account]

    def of_stranger(self, account: str, name: str) -> str:
        """Return the name to show of somebody who is not among them, and calls itself so."""
        own = user_part(account)
        is_own = skeleton(name) == skeleton(own) and not self._others(account, name)
        return name if is_own else f"{own} ({name})"

    def _told_apart(self, account: str) -> str:
        name = self._names[account]
        if not name:
            return account
        # What stands before a bracket could pose as the address that is put there.
        posing = (name, name.partition(" (")[0])
        if "@" in name or any(self._others(account, look) for look in posing):
            return f"{user_part(account)} ({name})"
        return name

    def _others(self, account: str, look: str) -> Iterable[str]:
        return self._looks.get(skeleton(look), set()) - {account}


def user_part(account: str) -> str:
    """Return what stands before the @ of an address."""
    return account.partition("@")[0]
