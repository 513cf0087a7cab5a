"""Which hosts forget their disk: SQLite there loses every subscription at the next restart."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A platform that is known by an environment variable it sets."""

    name: str
    variable: str
    #: What to attach so that a folder survives; None: nothing that SQLite could stand on.
    volume: str | None


HOSTS = (
    Host(name="Heroku", variable="DYNO", volume=None),
    # Cloud Run mounts buckets and network shares only: no locks there that SQLite can trust.
    Host(name="Cloud Run", variable="K_SERVICE", volume=None),
    Host(name="Render", variable="RENDER", volume="a disk"),
    Host(name="Railway", variable="RAILWAY_ENVIRONMENT_ID", volume="a volume"),
    Host(name="Railway", variable="RAILWAY_ENVIRONMENT", volume="a volume"),
    Host(name="Fly.io", variable="FLY_APP_NAME", volume="a volume"),
)


def host_of(environment: Mapping[str, str]) -> Host | None:
    """Return the platform this process runs on; None where the disk is an ordinary one."""
    return next((host for host in HOSTS if environment.get(host.variable)), None)


def forgetful_disk(environment: Mapping[str, str], folder: str, *, mounted: bool) -> str | None:
    """Return why SQLite in *folder* would be lost, and what to do; None where it is safe.

    *mounted*: the folder lies on another device than the root of the file system.
    """
    host = host_of(environment)
    if host is None or (mounted and host.volume is not None):
        return None
    also = f", mount {host.volume} at {folder}" if host.volume else ""
    return (
        f"{host.name} wipes its disk at every restart, and the SQLite database in {folder} with it: subscriptions "
        f"would be forgotten. Set DATABASE_URL to a PostgreSQL database{also}, "
        "or accept the loss with ALLOW_SQLITE_ON_PAAS=1."
    )
