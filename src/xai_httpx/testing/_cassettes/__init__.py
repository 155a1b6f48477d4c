"""Cassettes: recorded requests and their replies."""
