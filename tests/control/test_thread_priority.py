import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tui_call.control.platform import _FAVOURED, favour_thread

SAY_NICENESS = [sys.executable, "-c", "import os; print(os.nice(0))"]


def test_what_a_favoured_thread_starts_is_ordinary() -> None:
    def favoured() -> tuple[bool, int, int]:
        agreed = favour_thread()
        own = os.getpriority(os.PRIO_PROCESS, 0)
        return agreed, own, int(subprocess.check_output(SAY_NICENESS))

    before = os.getpriority(os.PRIO_PROCESS, 0)
    with ThreadPoolExecutor(1) as pool:
        agreed, own, started = pool.submit(favoured).result()
    assert own == (_FAVOURED if agreed else before)
    assert started == (max(0, before) if agreed else before)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
