"""Errors, ordered by what the caller does about them.

TidingsError
├── TryLater            keep the work, wait
│   └── StoreBusy       the database is locked or gone for the moment
├── GiveUp              stop, tell whoever owns it
│   ├── BadSettings     settings or files in config/ are wrong: every fault at once
│   ├── BadDatabase     DATABASE_URL is wrong, or the database there cannot be used as it is
│   ├── SchemaTooNew    the database was made by a newer Tidings
│   └── AlreadyRunning  another process polls or sends on this SQLite file
├── Untrusted           input broke a safety rule: drop it and count it
└── UsageError          a person typed something: show them the text
    ├── TooManyLookups  they asked for too much of the web within a minute
    ├── NotAllowed      they may not do that here
    └── FeedNotReached  it does not answer now; it may be added as pending
"""

from collections.abc import Sequence

from bot.domain.located import Fault
from bot.domain.unsaid import Text


class TidingsError(Exception):
    """Something the program itself says, in one sentence for a person: `UsageError("There is no {x}.", x=name)`."""

    def __init__(self, text: str | Text, **values: object) -> None:
        #: The sentence, for a `Language` to say.
        self.told = Text(text, **values) if isinstance(text, str) else text
        super().__init__(str(self.told))


class TryLater(TidingsError):
    """Keep the work and wait."""


class StoreBusy(TryLater):
    """The database is locked or gone for the moment."""


class GiveUp(TidingsError):
    """Stop, and tell whoever owns it."""


class BadSettings(GiveUp):
    """Settings or files in config/ are wrong; holds every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class BadDatabase(GiveUp, ValueError):
    """DATABASE_URL is wrong, or the database there cannot be used as it is; the text never holds the URL."""


class SchemaTooNew(GiveUp):
    """The database was made by a newer Tidings."""


class AlreadyRunning(GiveUp):
    """Another process polls or sends on this SQLite file."""


class Untrusted(TidingsError):
    """Input broke a safety rule."""


class UsageError(TidingsError):
    """What a person typed cannot be done; the text says what can."""


class TooManyLookups(UsageError):
    """The person asked for too much of the web within a minute."""


class NotAllowed(UsageError):
    """The person may not do that here."""


class FeedNotReached(UsageError):
    """The address does not answer now; it may be added all the same, and is tried again."""

    def __init__(self, text: str, url: str, **values: object) -> None:
        super().__init__(text, **values)
        self.url = url
