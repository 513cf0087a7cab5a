"""What tables are made of. Times are microseconds since 1970, UTC, on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    Integer,
    MetaData,
    TypeDecorator,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


MICROSECOND = timedelta(microseconds=1)


def micros(value: datetime) -> int:
    """Return *value* as tables keep it."""
    return (value - EPOCH) // MICROSECOND


class Time(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970: exact, comparable, alike on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * MICROSECOND


# SQLite gives only INTEGER PRIMARY KEY a number by itself.
Serial = BigInteger().with_variant(Integer, "sqlite")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
