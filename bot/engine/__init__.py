"""Adapter: what wakes the core."""
