"""Measurements of what the tests cannot tell in seconds: counts over many faults, and a long load."""
