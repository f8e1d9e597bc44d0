import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tui_call.control.platform import _FAVOURED, favour_thread, raise_thread_priority

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


def test_what_a_real_time_thread_starts_is_not_real_time() -> None:
    say_policy = "import os; print(getattr(os, 'sched_getscheduler', lambda _: 0)(0))"

    def raised() -> int:
        raise_thread_priority()
        return int(subprocess.check_output([sys.executable, "-c", say_policy]))

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(raised).result() == getattr(os, "SCHED_OTHER", 0)


def test_a_process_that_gives_way_is_not_real_time_and_ended_first_where_memory_runs_out() -> None:
    program = (
        "import contextlib, os; from tui_call.control import platform\n"
        "with contextlib.suppress(OSError):\n"
        "    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))\n"
        "platform.give_way()\n"
        "print(os.sched_getscheduler(0), os.nice(0), open('/proc/self/oom_score_adj').read())"
    )
    said = subprocess.check_output([sys.executable, "-c", program]).split()
    policy, niceness, ended_first = map(int, said)
    assert policy == os.SCHED_OTHER
    assert niceness > os.nice(0)
    assert ended_first == 1000
