"""What a person, a machine's owner or a script has set, and where each value comes from.

Defaults < system file < user file < `TUI_CALL_SECTION__KEY` < flag. `schema` is the one table of
keys; files, checks, help and the Settings screen are made from it. A mistake in a file is a
problem to show and never a reason not to start.
"""
