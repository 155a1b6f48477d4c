"""Factories of replies, for tests without a server."""
