"""The tap: records what the bridge passes on to it, and reads it; a process of its own."""
