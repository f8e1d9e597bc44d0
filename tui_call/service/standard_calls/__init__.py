"""Calls through the bridge: who is in which, kept in the store, told to all, and to the worker."""
