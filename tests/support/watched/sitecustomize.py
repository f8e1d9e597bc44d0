"""Lets a process under test watch what it seals, as the process of the tests does.

Python imports this by its name where the directory stands in PYTHONPATH (`WATCHED_PROCESS`). A
nonce that is used again is written down in the home of the process, where its test finds that.
With `WITHOUT_NAMED_SOCKETS` the process also does without sockets that name their users.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

CIPHERS = "cryptography.hazmat.primitives.ciphers.aead"
PLATFORM = "tui_call.control.platform"
WITHOUT_NAMED_SOCKETS = "TESTS_WITHOUT_NAMED_SOCKETS"


def watch_ciphers(module: ModuleType) -> None:
    from tests.support.sealing_spy import SealingSpy, write_down

    vars(module)["AESGCM"] = SealingSpy(write_down).cipher


def take_named_sockets(module: ModuleType) -> None:
    vars(module)["SOCKETS_NAME_USERS"] = False


class Changes(MetaPathFinder):
    """Changes a module when a process loads it, and costs nothing before."""

    def __init__(self, name: str, change: Callable[[ModuleType], None]) -> None:
        self._name, self._change = name, change

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def changed(module: ModuleType) -> None:
            load(module)
            self._change(module)

        spec.loader.exec_module = changed
        return spec


sys.meta_path.insert(0, Changes(CIPHERS, watch_ciphers))
if WITHOUT_NAMED_SOCKETS in os.environ:
    sys.meta_path.insert(0, Changes(PLATFORM, take_named_sockets))
