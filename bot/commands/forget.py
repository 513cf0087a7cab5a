"""`/tidings forget`: a workspace's end, asked twice."""

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.domain.reply import Button, Reply
from bot.domain.unsaid import Text

SURE = "everything"
WHAT = Text(
    "subscriptions, settings, mutes, its own topics and blogs, what waits to be posted, and the installation. "
    "It cannot be undone. Messages that were posted stay."
)


async def forget(desk: Desk, call: Call) -> Reply:
    """Delete all that is stored of the workspace, once a button said so."""
    say = call.say
    if call.pressed and call.text == SURE:
        await desk.departures.forget(call.workspace, desk.clock.now())
        await desk.heed()
        said = say(
            "Forgotten: nothing of this workspace is stored any more, and nothing is posted here. "
            "Remove the app from the workspace, or start again with `/subscribe`."
        )
        return Reply(text=said, replace=True)
    text = say.plural(
        "This deletes all that is stored of this workspace and its {number} channel: {what}",
        "This deletes all that is stored of this workspace and its {number} channels: {what}",
        await desk.departures.channels(call.workspace),
        what=say(WHAT),
    )
    confirm = Button(label=say("Delete everything"), action=f"/tidings forget {SURE}", style="danger")
    return Reply(text=text, buttons=(confirm,), done=False)


COMMANDS = (
    Command(
        verb="forget",
        help="Delete all that is stored of this workspace; it asks first.",
        who=Who.WORKSPACE,
        run=forget,
    ),
)
