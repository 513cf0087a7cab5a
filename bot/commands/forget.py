"""`/tidings forget`: a workspace's end, asked twice."""

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.domain.reply import Button, Reply
from bot.domain.typed import count

SURE = "everything"
CONFIRM = Button(label="Delete everything", action=f"/tidings forget {SURE}", style="danger")


async def forget(desk: Desk, call: Call) -> Reply:
    """Delete all that is stored of the workspace, once a button said so."""
    if call.pressed and call.text == SURE:
        await desk.departures.forget(call.workspace, desk.clock.now())
        await desk.heed()
        said = "Forgotten: nothing of this workspace is stored any more, and nothing is posted here."
        return Reply(text=f"{said} Remove the app from the workspace, or start again with `/subscribe`.", replace=True)
    places = count(await desk.departures.channels(call.workspace), "channel")
    text = (
        f"This deletes all that is stored of this workspace and its {places}: subscriptions, settings, mutes, its own "
        "topics and blogs, what waits to be posted, and the installation. It cannot be undone. "
        "Messages that were posted stay."
    )
    return Reply(text=text, buttons=(CONFIRM,), done=False)


COMMANDS = (
    Command(
        verb="forget",
        help="Delete all that is stored of this workspace; it asks first.",
        who=Who.WORKSPACE,
        run=forget,
    ),
)
