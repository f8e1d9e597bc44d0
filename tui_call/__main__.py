"""`python -m tui_call`."""

from tui_call.cli import main

main()
