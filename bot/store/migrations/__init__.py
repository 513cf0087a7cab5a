"""Append only: a database in the field has run what is here."""
