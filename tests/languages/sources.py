"""Every text that the program says, found in its source: the first argument of whatever says texts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.chat.discord import errors as discord_errors
from bot.chat.discord import threads
from bot.chat.discord.languages import described
from bot.chat.room.pages import FOLDER as ROOM_PAGES
from bot.chat.slack import errors as slack_errors
from bot.chat.slack.listening import SHUTTING
from bot.commands.table import TABLE
from bot.feeds.fetch import SENTENCES, STATUS
from bot.settings import PROJECT
from bot.web.templates import FOLDER

BOT = PROJECT / "bot"
#: What speaks to operators only, in a terminal: English.
OPERATORS = ("cli/", "demo/", "engine/", "store/transfer", "feeds/opml", "domain/channel_names")
ERRORS = {"UsageError", "NotAllowed", "FeedNotReached", "ZoneMissing", "TooManyLookups", "StoreBusy", "TryLater"}
#: `say("…")`, `call.say("…")`, `say.plural("…", "…", number)`, `Text("…")` and errors.
SAYING = {"say", "plural", "Text", "stored", "Untrusted", *ERRORS}
IN_TEMPLATE = re.compile(r"""\b(?:_|plural)\(\s*(?:"([^"]+)"|'([^']+)')""")


def spoken() -> list[Path]:
    """Return the files with texts for people in chats and on pages."""
    return [path for path in sorted(BOT.rglob("*.py")) if not str(path.relative_to(BOT)).startswith(OPERATORS)]


def calls_that_say(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and name_of(node) in SAYING:
            yield node


def name_of(call: ast.Call) -> str:
    """Return the name of what is called, without what it belongs to."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def in_code(path: Path) -> Iterator[str]:
    """Yield the texts of a file; of plurals the singular, which is their name."""
    for call in calls_that_say(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
            yield call.args[0].value


def in_templates() -> Iterator[str]:
    for path in (*sorted(FOLDER.glob("*.html")), *sorted(ROOM_PAGES.glob("*.html"))):
        yield from (double or single for double, single in IN_TEMPLATE.findall(path.read_text(encoding="utf-8")))


def reasons() -> Iterator[str]:
    """Yield what tables say of refusals and failures."""
    yield from (why for _, why in slack_errors.ERRORS.values())
    yield from (meaning.why for meaning in (*discord_errors.BY_CODE.values(), *discord_errors.BY_STATUS.values()))
    yield from (*threads.NOT_OPENED.values(), *threads.TAKES_NOTHING.values(), *SHUTTING.values())
    yield from (*STATUS.values(), *(why for _, why in SENTENCES))


def texts() -> set[str]:
    """Return every text there is to translate."""
    code = {text for path in spoken() for text in in_code(path)}
    return {*code, *in_templates(), *described(TABLE), *reasons()}
