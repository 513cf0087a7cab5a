"""`/tidings mute`, `unmute` and `mutes`, and the menu's `Mute this blog` and `Remove`."""

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.topics import complete_topics
from bot.domain.errors import NotAllowed, UsageError
from bot.domain.model import AnnouncementId
from bot.domain.muting import Mute, MuteKind, feed_target
from bot.domain.reply import Button, Reply
from bot.domain.terms import Term
from bot.domain.typed import folded, unquoted
from bot.domain.unsaid import Text

EVERYWHERE = "everywhere"
GONE = Text("That message is no longer known here.")


async def mute(desk: Desk, call: Call) -> Reply:
    """Keep a blog, a topic or a word out of this channel, or out of all of the workspace."""
    words = call.words
    everywhere = len(words) > 1 and words[-1].casefold() == EVERYWHERE
    target = unquoted(" ".join(words[:-1] if everywhere else words))
    if not target:
        raise UsageError("Say what to mute: a blog, a topic or a word, as in `/tidings mute crypto`.")
    if everywhere and not call.person.may_change_workspace:
        raise NotAllowed("Muting everywhere is for people who may change this workspace (admins).")
    return await _muted(desk, call, await _meant(desk, call, target), everywhere=everywhere)


async def _meant(desk: Desk, call: Call, target: str) -> tuple[MuteKind, str, str]:
    """Return what is meant, as it is stored and as it is shown: a topic before a blog before a word."""
    if topic := await desk.topics.find(call.workspace, target):
        return "topic", topic.slug, topic.label
    blogs = await desk.feeds.find(call.workspace, target)
    if len(blogs) == 1 and (folded(blogs[0].name) == folded(target) or "." in target):
        return "feed", feed_target(blogs[0].id), blogs[0].name
    if fault := Term(target).fault:
        raise UsageError("{word} {fault}, so it cannot be muted.", word=target, fault=fault)
    return "word", target, call.say("the word “{word}”", word=target)


async def _muted(desk: Desk, call: Call, meant: tuple[MuteKind, str, str], *, everywhere: bool = False) -> Reply:
    kind, key, label = meant
    new = Mute(
        workspace=call.workspace,
        channel=None if everywhere else call.channel,
        kind=kind,
        target=key,
        created_by=call.person.id,
        created_at=desk.clock.now(),
    )
    where = call.say("everywhere in this workspace") if everywhere else call.say("here")
    if not await desk.mutes.add(new, call.channel):
        return Reply(text=call.say("{what} is muted {where} already.", what=label, where=where))
    made = next(m for m in reversed(await desk.mutes.of_channel(call.channel)) if (m.kind, m.target) == (kind, key))
    undo = Button(label=call.say("Undo"), action=f"/tidings unmute {made.id}")
    text = call.say("{what} is muted {where}: no new post of it comes.", what=label, where=where)
    return Reply(text=text, buttons=(undo,))


async def list_mutes(desk: Desk, call: Call) -> Reply:
    """List what is muted here, each with a button that ends it."""
    say, found = call.say, await desk.mutes.of_channel(call.channel)
    if not found:
        return Reply(text=say("Nothing is muted here. `/tidings mute BLOG`, `TOPIC` or `WORD` keeps something out."))
    lines = [f"• {await _listed(desk, call, one)}" for one in found]
    buttons = [
        Button(label=say("Unmute {number}", number=number), action=f"/tidings unmute {one.id}")
        for number, one in enumerate(found[:5], 1)
    ]
    return Reply(text="\n".join([say("Muted here:"), *lines]), buttons=tuple(buttons), replace=call.pressed)


async def _listed(desk: Desk, call: Call, one: Mute) -> str:
    label = await _label(desk, call, one)
    return label if one.channel else call.say("{what} (everywhere)", what=label)


async def _label(desk: Desk, call: Call, one: Mute) -> str:
    if one.kind == "topic":
        topic = await desk.topics.find(call.workspace, one.target)
        return call.say("the topic {topic}", topic=topic.label if topic else one.target)
    if one.kind == "feed":
        return call.say("the blog {blog}", blog=one.label) if one.label else call.say("a blog that is no longer known")
    return call.say("the word “{word}”", word=one.target)


async def unmute(desk: Desk, call: Call) -> Reply:
    """Let something in again, by its name or the number a button carries."""
    found = await desk.mutes.of_channel(call.channel)
    wanted = [one for one in found if str(one.id) == call.text]
    if not wanted and call.text:
        kind, key, _ = await _meant(desk, call, unquoted(call.text))
        wanted = [one for one in found if (one.kind, one.target) == (kind, key)]
    if not wanted:
        raise UsageError("That is not muted here. `/tidings mutes` lists what is.")
    for one in wanted:
        if one.channel is None and not call.person.may_change_workspace:
            raise NotAllowed("It is muted everywhere; only people who may change this workspace can end that.")
        await desk.mutes.remove(one.id, call.channel, call.person.id, desk.clock.now())
    text = call.say("No longer muted: {what}.", what=await _label(desk, call, wanted[0]))
    return Reply(text=text, replace=call.pressed)


async def mute_blog(desk: Desk, call: Call) -> Reply:
    """Mute the blog of an announcement (the menu's entry)."""
    case = await desk.reasons.announced(AnnouncementId(call.text), call.channel)
    if case is None:
        return Reply(text=call.say(GONE), done=False)
    meant: tuple[MuteKind, str, str] = "feed", feed_target(case.blog.id), case.blog.title or case.blog.host
    return await _muted(desk, call, meant)


async def remove(desk: Desk, call: Call) -> Reply:
    """Take an announcement away for everybody (the menu's entry)."""
    title = await desk.removals.remove(AnnouncementId(call.text), call.channel, call.person.id, desk.clock.now())
    if title is None:
        return Reply(text=call.say(GONE), done=False)
    undo = Button(label=call.say("Undo"), action=f"/tidings restore {call.text}")
    text = call.say("“{title}” is being removed, and will not come here again.", title=title)
    return Reply(text=text, buttons=(undo,))


async def restore(desk: Desk, call: Call) -> Reply:
    """Undo a removal: the announcement comes again, as a new message."""
    title = await desk.removals.restore(AnnouncementId(call.text), call.channel, call.person.id, desk.clock.now())
    if title is None:
        return Reply(text=call.say(GONE), done=False)
    return Reply(text=call.say("“{title}” comes again in a moment.", title=title), replace=call.pressed)


COMMANDS = (
    Command(
        verb="mute",
        usage="BLOG, TOPIC or WORD [everywhere]",
        help="Keep a blog, a topic or a word out of this channel.",
        who=Who.CHANNEL,
        run=mute,
        complete=complete_topics,
        examples=("/tidings mute crypto", '/tidings mute "release notes" everywhere'),
    ),
    Command(verb="unmute", usage="BLOG, TOPIC or WORD", help="Let it in again.", who=Who.CHANNEL, run=unmute),
    Command(verb="mutes", help="List what is muted here.", run=list_mutes),
    Command(verb="mute-blog", help="Mute the blog of a message.", who=Who.CHANNEL, run=mute_blog, hidden=True),
    Command(verb="remove", help="Take a message away.", who=Who.CHANNEL, run=remove, hidden=True),
    Command(verb="restore", help="Bring back what was taken away.", who=Who.CHANNEL, run=restore, hidden=True),
)
