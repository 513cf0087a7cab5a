"""Claim -> look first where an attempt ended without an answer -> send -> settle."""
