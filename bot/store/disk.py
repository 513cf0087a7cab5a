"""Refuse to keep a database where the next restart wipes it."""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.disks import forgetful_disk
from bot.domain.errors import GiveUp


def is_mounted(folder: Path, root: Path = Path("/")) -> bool:
    """Say whether *folder*, or the nearest parent that exists, lies on another device than *root*."""
    found = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return found.stat().st_dev != root.stat().st_dev


def check_disk(database: Path, environment: Mapping[str, str], *, allowed: bool) -> str | None:
    """Return a warning where the loss was accepted, None where all is well. Raises GiveUp with what to do."""
    why = forgetful_disk(environment, str(database.parent), mounted=is_mounted(database.parent))
    if why is not None and not allowed:
        raise GiveUp(why)
    return why
