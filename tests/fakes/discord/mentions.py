"""Whom a message wakes: what its content names, as far as `allowed_mentions` lets it."""

from __future__ import annotations

import re

from tests.fakes.discord.answers import Json

EVERYONE = re.compile(r"@(everyone|here)")
ROLE = re.compile(r"<@&(\d+)>")
USER = re.compile(r"<@!?(\d+)>")


def woken(body: Json) -> list[str]:
    """Names such as `everyone`, `role:5`, `user:7`; absent `allowed_mentions` allow everything."""
    content = body.get("content") or ""
    allowed = body.get("allowed_mentions")
    parse = ["everyone", "roles", "users"] if allowed is None else allowed.get("parse") or []
    named = allowed or {}
    found = ["everyone"] if "everyone" in parse and EVERYONE.search(content) else []
    for kind, pattern, label in (("roles", ROLE, "role"), ("users", USER, "user")):
        ids = [str(i) for i in named.get(kind) or []]
        found += [f"{label}:{i}" for i in pattern.findall(content) if kind in parse or i in ids]
    return found
