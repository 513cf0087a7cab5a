"""Which hosts forget their disk."""

import pytest

from bot.domain.disks import forgetful_disk


@pytest.mark.parametrize(
    ("variable", "mounted", "sentence"),
    [
        ("DYNO", False, "Heroku wipes"),
        ("DYNO", True, "Heroku wipes"),  # a dyno's file system is several devices, and all of them are wiped
        ("K_SERVICE", True, "Cloud Run wipes"),
        ("RENDER", False, "mount a disk at data"),
        ("RENDER", True, None),
        ("RAILWAY_ENVIRONMENT", False, "mount a volume at data"),
        ("RAILWAY_ENVIRONMENT_ID", True, None),
        ("FLY_APP_NAME", False, "Fly.io wipes"),
        ("FLY_APP_NAME", True, None),
        ("HOME", False, None),
    ],
)
def test_sqlite_is_refused_where_the_disk_is_wiped(variable: str, mounted: bool, sentence: str | None) -> None:
    why = forgetful_disk({variable: "x"}, "data", mounted=mounted)

    assert why is None if sentence is None else sentence in (why or "")


def test_the_refusal_says_what_can_be_done() -> None:
    assert forgetful_disk({"DYNO": "web.1"}, "data", mounted=False) == (
        "Heroku wipes its disk at every restart, and the SQLite database in data with it: subscriptions would be "
        "forgotten. Set DATABASE_URL to a PostgreSQL database, or accept the loss with ALLOW_SQLITE_ON_PAAS=1."
    )
