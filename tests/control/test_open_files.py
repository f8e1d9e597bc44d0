import subprocess
import sys

import pytest

RAISE = """
import resource
from tui_call.control.platform import raise_open_file_limit
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(64, hard), min({most}, hard)))
print(raise_open_file_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize("most", [64, 512])
def test_the_limit_of_open_files_is_raised_as_far_as_it_may(most: int) -> None:
    told = subprocess.check_output([sys.executable, "-c", RAISE.format(most=most)], text=True)
    assert told.split() == [str(most)] * 3
