"""`/tidings feeds packs`: blogs that belong together, to be added at once."""

from collections.abc import Collection, Sequence

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.wording import watching
from bot.domain.errors import UsageError
from bot.domain.feed_file import Pack
from bot.domain.model import Channel
from bot.domain.names import name_key
from bot.domain.reply import Button, Choice, Reply
from bot.domain.typed import count, joined, listed

PACK = "pack "
MOST_BUTTONS = 10
MOST_BLOGS = 40


async def show_packs(desk: Desk, call: Call) -> Reply:
    """List the packs, or the blogs of one."""
    if not desk.packs:
        return Reply(text="There are no packs: they stand in config/feeds.yaml.")
    if call.text:
        (pack, *_) = packs_named(desk.packs, call.text)
        return await _show_one(desk, call, pack)
    watched = await _watched(desk, call, desk.packs)
    lines = [f"• {pack.name}: {pack.about} {_size(pack, watched)}" for pack in desk.packs]
    buttons = [_add_button(pack) for pack in desk.packs if not watched.issuperset(feed.url for feed in pack.feeds)]
    end = "`/tidings feeds add pack NAME` adds one, `/tidings feeds packs NAME` shows its blogs."
    return Reply(
        text="\n".join(["Packs of blogs:", *lines, end]), buttons=tuple(buttons[:MOST_BUTTONS]), replace=call.pressed
    )


async def _show_one(desk: Desk, call: Call, pack: Pack) -> Reply:
    watched = await _watched(desk, call, [pack])
    shown = [f"• {feed.title or feed.url}" for feed in pack.feeds[:MOST_BLOGS]]
    rest = [f"… and {len(pack.feeds) - MOST_BLOGS:,} more."] if len(pack.feeds) > MOST_BLOGS else []
    head = f"{pack.name}: {pack.about} {_size(pack, watched)}"
    buttons = () if len(watched) == len(pack.feeds) else (_add_button(pack),)
    return Reply(text="\n".join([head, *shown, *rest]), buttons=buttons, replace=call.pressed)


def _size(pack: Pack, watched: Collection[str]) -> str:
    number = sum(feed.url in watched for feed in pack.feeds)
    which = "all" if number == len(pack.feeds) else f"{number:,}"
    return f"{count(len(pack.feeds), 'blog')}, {which} of them watched here."


def _add_button(pack: Pack) -> Button:
    return Button(label=f"Add {pack.name}"[:70], action=f"/tidings feeds add {PACK}{pack.name}")


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
            raise UsageError(f"There is no pack {name}. There is {joined([pack.name for pack in packs]) or 'none'}.")
    return [by_name[name_key(name)] for name in names]


async def add_packs(desk: Desk, call: Call, packs: Sequence[Pack]) -> Reply:
    """Put the blogs of packs into the workspace's pool."""
    feeds = list({feed.url: feed for pack in packs for feed in pack.feeds}.values())
    now = desk.clock.now()
    known = await desk.feeds.know(feeds, now)
    ids = [feed.id for feed in known]
    new = await desk.feeds.add(call.workspace, ids, by=call.person.id, now=now, limit=desk.limits.feeds)
    names = joined([pack.name for pack in packs])
    before = len(known) - len(new)
    said = f"Added {count(len(new), 'blog')} of {names}" if new else f"Nothing new in {names}"
    said += f"; {count(before, 'was', 'were')} watched here already." if before else "."
    undo = Button(
        label="Undo", action=f"/tidings feeds remove {', '.join(feed.url for feed in known if feed.id in new)}"
    )
    text = f"{said} {watching(await desk.feeds.counts(call.workspace))}"
    return Reply(text=text, buttons=(undo,) if new else (), replace=call.pressed)


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
