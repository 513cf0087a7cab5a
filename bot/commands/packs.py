"""`/tidings feeds packs`: blogs that belong together, to be added at once."""

from collections.abc import Collection, Sequence

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.wording import watching
from bot.domain.errors import UsageError
from bot.domain.feed_file import Pack
from bot.domain.language import Language
from bot.domain.model import Channel
from bot.domain.names import name_key
from bot.domain.reply import Button, Choice, Reply
from bot.domain.typed import listed
from bot.domain.unsaid import Text

PACK = "pack "
MOST_BUTTONS = 10
MOST_BLOGS = 40


async def show_packs(desk: Desk, call: Call) -> Reply:
    """List the packs, or the blogs of one."""
    say = call.say
    if not desk.packs:
        return Reply(text=say("There are no packs: they stand in config/feeds.yaml."))
    if call.text:
        (pack, *_) = packs_named(desk.packs, call.text)
        return await _show_one(desk, call, pack)
    watched = await _watched(desk, call, desk.packs)
    lines = [f"• {pack.name}: {pack.about} {_size(say, pack, watched)}" for pack in desk.packs]
    buttons = [_add_button(say, pack) for pack in desk.packs if not watched.issuperset(feed.url for feed in pack.feeds)]
    end = say("`/tidings feeds add pack NAME` adds one, `/tidings feeds packs NAME` shows its blogs.")
    return Reply(
        text="\n".join([say("Packs of blogs:"), *lines, end]),
        buttons=tuple(buttons[:MOST_BUTTONS]),
        replace=call.pressed,
    )


async def _show_one(desk: Desk, call: Call, pack: Pack) -> Reply:
    say, watched = call.say, await _watched(desk, call, [pack])
    shown = [f"• {feed.title or feed.url}" for feed in pack.feeds[:MOST_BLOGS]]
    more = len(pack.feeds) - MOST_BLOGS
    rest = [say("… and {number} more.", number=more)] if more > 0 else []
    head = f"{pack.name}: {pack.about} {_size(say, pack, watched)}"
    buttons = () if len(watched) == len(pack.feeds) else (_add_button(say, pack),)
    return Reply(text="\n".join([head, *shown, *rest]), buttons=buttons, replace=call.pressed)


def _size(say: Language, pack: Pack, watched: Collection[str]) -> str:
    seen, size = sum(feed.url in watched for feed in pack.feeds), len(pack.feeds)
    if seen == size:
        return say.plural("{number} blog, all of them watched here.", "{number} blogs, all of them watched here.", size)
    return say.plural(
        "{number} blog, {seen} of them watched here.", "{number} blogs, {seen} of them watched here.", size, seen=seen
    )


def _add_button(say: Language, pack: Pack) -> Button:
    return Button(label=say("Add {name}", name=pack.name)[:70], action=f"/tidings feeds add {PACK}{pack.name}")


async def _watched(desk: Desk, call: Call, packs: Sequence[Pack]) -> set[str]:
    urls = {feed.url for pack in packs for feed in pack.feeds}
    return set(await desk.feeds.seen(call.workspace, urls))


def named_packs(desk: Desk, text: str) -> list[Pack]:
    """Return the packs that `pack rust, web` names; none where *text* is about something else."""
    return packs_named(desk.packs, text[len(PACK) :]) if text.lower().startswith(PACK) else []


def packs_named(packs: Sequence[Pack], text: str) -> list[Pack]:
    """Return the packs of these names. Raises UsageError for one that is none."""
    by_name = {name_key(pack.name): pack for pack in packs}
    names = [name.removeprefix(PACK) for name in listed(text)]
    for name in names:
        if name_key(name) not in by_name:
            there: list[object] = [*(pack.name for pack in packs)] or [Text("none")]
            raise UsageError("There is no pack {name}. There is {packs}.", name=name, packs=there)
    return [by_name[name_key(name)] for name in names]


async def add_packs(desk: Desk, call: Call, packs: Sequence[Pack]) -> Reply:
    """Put the blogs of packs into the workspace's pool."""
    feeds = list({feed.url: feed for pack in packs for feed in pack.feeds}.values())
    say, now = call.say, desk.clock.now()
    known = await desk.feeds.know(feeds, now)
    ids = [feed.id for feed in known]
    new = await desk.feeds.add(call.workspace, ids, by=call.person.id, now=now, limit=desk.limits.feeds)
    said = _added(say, say.joined([pack.name for pack in packs]), len(new), len(known) - len(new))
    urls = ", ".join(feed.url for feed in known if feed.id in new)
    undo = Button(label=say("Undo"), action=f"/tidings feeds remove {urls}")
    text = f"{said} {watching(say, await desk.feeds.counts(call.workspace))}"
    return Reply(text=text, buttons=(undo,) if new else (), replace=call.pressed)


def _added(say: Language, names: str, new: int, before: int) -> str:
    said = say("Nothing new in {packs}", packs=names)
    if new:
        said = say.plural("Added {number} blog of {packs}", "Added {number} blogs of {packs}", new, packs=names)
    if not before:
        return f"{said}."
    return say.plural(
        "{said}; {number} was watched here already.", "{said}; {number} were watched here already.", before, said=said
    )


async def complete_packs(desk: Desk, _: Channel, text: str) -> Sequence[Choice]:
    """Offer the packs."""
    return [Choice(value=pack.name, label=pack.name) for pack in desk.packs if text.lower() in pack.name]


COMMANDS = (
    Command(
        verb="feeds packs",
        usage="[NAME]",
        help="List packs of blogs that can be added at once, or the blogs of one.",
        run=show_packs,
        complete=complete_packs,
        examples=("/tidings feeds packs", "/tidings feeds packs rust"),
    ),
)
