"""Call logic without input or output: one-to-one calls, acknowledged signaling, path monitor."""
