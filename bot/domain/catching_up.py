"""Is this database older than what was done last? Then a backup was put back."""

from datetime import datetime, timedelta

#: The witness is touched right after the database: a difference of more than a few beats is another database.
TOLERANCE = timedelta(minutes=5)


def is_put_back(noted: datetime | None, witnessed: datetime | None) -> bool:
    """Say whether what the database *noted* as its last sign of life is older than one that was *witnessed* beside it.

    None: never noted (a new database), or nobody witnessed it (a new machine).
    """
    return noted is not None and witnessed is not None and witnessed - noted > TOLERANCE
