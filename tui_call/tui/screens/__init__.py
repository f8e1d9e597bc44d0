"""tui-call."""
