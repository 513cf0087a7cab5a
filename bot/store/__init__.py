"""Adapter: everything that is remembered. SQLAlchemy Core on SQLite and PostgreSQL; one file per noun."""
