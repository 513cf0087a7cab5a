"""`/tidings pause` and `resume`: posting stops and goes on; nothing is lost in between."""

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.domain.channels import ChannelState
from bot.domain.reply import Button, Reply
from bot.domain.spans import read_end
from bot.domain.unsaid import Text

KEPT = Text("What comes meanwhile waits, for at most 30 days, and then comes as a digest.")


async def pause(desk: Desk, call: Call) -> Reply:
    """Stop posting here, for a while or until somebody resumes."""
    status = await desk.channels.status(call.channel)
    zone = status.options.zone or desk.timezone
    until = read_end(call.text, desk.clock.now(), zone)
    await desk.channels.pause(call.channel, until, desk.clock.now(), call.channel_name)
    say = call.say
    paused = (
        say("Posting here is paused until {time}.", time=say.moment(until))
        if until
        else say("Posting here is paused until somebody types `/tidings resume`.")
    )
    resume = Button(label=say("Resume"), action="/tidings resume")
    return Reply(text=f"{paused} {say(KEPT)}", buttons=(resume,), replace=call.pressed)


async def resume(desk: Desk, call: Call) -> Reply:
    """Post here again."""
    status = await desk.channels.status(call.channel)
    if status.state is ChannelState.ACTIVE:
        return Reply(text=call.say("Posting here is not paused."), replace=call.pressed)
    await desk.channels.resume(call.channel, desk.clock.now())
    return Reply(text=call.say("Posting here goes on. What waited comes within a minute."), replace=call.pressed)


COMMANDS = (
    Command(
        verb="pause",
        usage="[2d | until 2026-12-24]",
        help="Stop posting here for a while; what comes meanwhile is kept.",
        who=Who.CHANNEL,
        run=pause,
        examples=("/tidings pause", "/tidings pause 2d", "/tidings pause until 2026-12-24"),
    ),
    Command(
        verb="resume",
        help="Post here again.",
        who=Who.CHANNEL,
        run=resume,
    ),
)
