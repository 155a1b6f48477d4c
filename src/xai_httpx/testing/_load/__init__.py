"""Loads: many calls, and what came of them."""
