"""Lets a process under test watch what it seals, as the process of the tests does.

Python imports this by its name where the directory stands in PYTHONPATH (`WATCHED_PROCESS`). A
nonce that is used again is written down in the home of the process, where its test finds that.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

CIPHERS = "cryptography.hazmat.primitives.ciphers.aead"


class Watch(MetaPathFinder):
    """Puts the spy in the place of AES-GCM when a process loads it, and costs nothing before."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != CIPHERS:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def watched(module: ModuleType) -> None:
            load(module)
            from tests.support.sealing_spy import SealingSpy, write_down

            vars(module)["AESGCM"] = SealingSpy(write_down).cipher

        spec.loader.exec_module = watched
        return spec


sys.meta_path.insert(0, Watch())
