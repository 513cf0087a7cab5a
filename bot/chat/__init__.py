"""Adapters: one folder for each chat."""
