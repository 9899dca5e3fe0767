"""Connecting clients: the command that starts this server, and other programs' configuration files."""
