"""`/tidings` alone: the state of this channel in a few lines, and where to go from it."""

from bot.commands.command import HERE, Call, Command
from bot.commands.desk import Desk
from bot.commands.feed_status import failing_line
from bot.commands.topics import topics_by_slug
from bot.commands.wording import described, in_words, state_of, watching
from bot.domain.reply import Button, Reply


async def show_here(desk: Desk, call: Call) -> Reply:
    """Say what this channel follows, out of how many blogs, and whether anything is wrong."""
    say, here = call.say, await desk.subscriptions.of_channel(call.channel)
    topics = await topics_by_slug(desk, call.workspace)
    counts = await desk.feeds.counts(call.workspace)
    lines = [
        say("This channel follows {what}.", what=in_words(say, [described(say, one, topics) for one in here]))
        if here
        else say("This channel follows nothing yet. `/subscribe nlp` starts it."),
        watching(say, counts),
        await failing_line(desk, call),
        state_of(say, await desk.channels.status(call.channel)),
        say("`/tidings help` lists every command."),
    ]
    return Reply(
        text="\n".join(filter(None, lines)),
        buttons=(
            Button(label=say("Topics"), action="/topics", style="primary"),
            Button(label=say("Add blogs"), action="/tidings feeds add"),
            Button(label=say("Settings"), action="/tidings settings"),
        ),
    )


COMMANDS = (Command(verb=HERE, help="Show what this channel follows.", run=show_here, hidden=True),)
