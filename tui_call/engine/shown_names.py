"""How people are called on the screen: two who look alike are told apart by their addresses.

A name is what somebody chose, an address is given by the service and belongs to one account. So a
name that looks like another's, or like an address, stands behind the own one: "ada-2 (Ada)". So
does that of a stranger: another one may be called the same.
"""

from collections.abc import Mapping

from tui_call.foreign_text import skeleton


class ShownNames:
    """Names of all who are known, and which of them could be mixed up."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take the cleaned names by account, "" for who has none."""
        self._names: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        self._looking = _ByLook()
        self._posing = _ByLook()
        for account, name in names.items():
            self._take(account, name)

    def put(self, account: str, name: str | None) -> set[str]:
        """Take somebody's cleaned name, "" for none, None for who is known no more.

        Returns:
            those whose name to show is another one now, or was never asked for.
        """
        swayed = self._take(account, name)
        return {one for one in swayed if self._shown.pop(one, None) != self.of(one)}

    def _take(self, account: str, name: str | None) -> set[str]:
        """Take a name; return those who may be told apart otherwise."""
        before = self._names.pop(account, None)
        if name is not None:
            self._names[account] = name
        if name == before:
            return set()
        looks = self._looking.move(account, _looks(account, before), _looks(account, name))
        self._posing.move(account, _posing_as(before), _posing_as(name))
        return {account}.union(*(self._swayed(account, look) for look in looks))

    def _swayed(self, account: str, look: str) -> set[str]:
        """Return who may be told apart otherwise since one account began or ceased to look so."""
        others = self._looking.of(look) - {account}
        if len(others) > 1:
            return set()  # whoever poses so is mixed up with one of them anyway
        return others or self._posing.of(look)

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
        look = skeleton(name)
        is_own = look == skeleton(own) and not self._looking.of(look) - {account}
        return name if is_own else f"{own} ({name})"

    def _told_apart(self, account: str) -> str:
        name = self._names[account]
        if not name:
            return account
        if "@" in name or any(self._looking.of(look) - {account} for look in _posing_as(name)):
            return f"{user_part(account)} ({name})"
        return name


class _ByLook:
    """Accounts by what something of theirs looks like to a quick eye."""

    def __init__(self) -> None:
        self._accounts: dict[str, set[str]] = {}

    def of(self, look: str) -> set[str]:
        return self._accounts.get(look, set())

    def move(self, account: str, before: set[str], now: set[str]) -> set[str]:
        """Note how something of an account looks now; return the looks that it left or took."""
        for look in before - now:
            self._accounts[look].remove(account)
            if not self._accounts[look]:
                del self._accounts[look]
        for look in now - before:
            self._accounts.setdefault(look, set()).add(account)
        return before ^ now


def _looks(account: str, name: str | None) -> set[str]:
    """Return what somebody looks like, "" for no name, None for who is not known."""
    if name is None:
        return set()
    return {skeleton(look) for look in (name, user_part(account)) if look}


def _posing_as(name: str | None) -> set[str]:
    """Return as what a name could pose: what stands before a bracket could be an address."""
    return {skeleton(look) for look in (name, name.partition(" (")[0])} if name else set()


def user_part(account: str) -> str:
    """Return what stands before the @ of an address."""
    return account.partition("@")[0]
