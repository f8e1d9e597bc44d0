"""The engine's local socket: messages, client, server, and the launch of processes."""
