"""Alembic's entry: it runs on the connection that bot/store/schema.py hands over."""

from alembic import context

from bot.store.every_table import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
