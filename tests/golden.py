"""Expected output as files one can read in a review; `UPDATE_GOLDEN=1` rewrites them, and the diff is the review."""

import json
import os
from pathlib import Path
from typing import Any


def assert_golden(path: Path, value: Any) -> None:
    """Fail unless *path* holds *value* as JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path.name} is missing: run with UPDATE_GOLDEN=1 and review it"
    assert json.loads(path.read_text(encoding="utf-8")) == value
