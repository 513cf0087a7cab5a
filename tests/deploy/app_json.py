"""What app.json says, made from the settings themselves."""

import json

from bot.settings.sources import all_settings

#: Set by the platform, or of no use there.
LEFT_OUT = {"PORT", "HOST", "CONFIG_DIR", "DATABASE_URL", "ALLOW_SQLITE_ON_PAAS", "SLACK_API_URL", "DISCORD_API_URL"}
GENERATED = {"SECRET_KEY", "ADMIN_TOKEN", "ROOM_TOKEN"}


def app_json() -> str:
    """Return the file that Heroku's button reads."""
    environment: dict[str, dict[str, object]] = {}
    for setting in all_settings():
        if not setting.in_environment or setting.name in LEFT_OUT:
            continue
        said: dict[str, object] = {"description": setting.info.description or ""}
        environment[setting.name] = said | (
            {"generator": "secret"} if setting.name in GENERATED else {"required": False}
        )
    content = {
        "name": "Tidings",
        "description": "Posts new articles on the topics your team follows, to Slack and Discord.",
        "keywords": ["slack", "discord", "rss", "bot"],
        "stack": "heroku-24",
        "buildpacks": [{"url": "heroku/python"}],
        "addons": [{"plan": "heroku-postgresql:essential-0"}],
        "formation": {"web": {"quantity": 1, "size": "basic"}, "worker": {"quantity": 0, "size": "basic"}},
        "env": environment,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
