"""Where the posts of a digest go: into the thread of its message; in a forum, below it.

The thread of a message has the message's own id, and a message has at most one: opening it twice opens it once. So
an answer lost while opening leaves nothing in doubt; and a post carries its nonce in a thread as it does anywhere.
"""

from bot.chat.discord.errors import meaning_of
from bot.chat.discord.look import MESSAGE, place_of_ref
from bot.chat.discord.outcome import NOWHERE, outcome_of
from bot.chat.discord.render import thread_name
from bot.chat.discord.wire import Answer, Answered, Lost, Refused, Wire
from bot.domain.message import Message, NotSent, Outcome, Undeliverable
from bot.domain.unsaid import stored

#: A thread nobody writes in leaves the list of channels after a day; it stays where it is, and readable.
LEAVES_AFTER = 1440
THERE_ALREADY, NO_PERMISSION, NO_ACCESS = 160004, 50013, 50001
LACKING = "The digest stays a list: for threads Tidings needs Create Public Threads and Send Messages in Threads here."
#: Of opening: what is the thread's fault. All else means what it means for any message.
NOT_OPENED = {
    NO_PERMISSION: LACKING,
    10008: "The digest was deleted.",
    50024: "The digest stays a list: a channel of this kind has no threads.",
    160006: "The digest stays a list: the server has as many active threads as Discord allows.",
    160007: "The digest stays a list: the server has as many active threads as Discord allows.",
}
#: Of posting there. That the channel itself is gone or closed shows at the next message.
TAKES_NOTHING = {
    NO_PERMISSION: LACKING,
    10003: "The digest's thread was deleted.",
    30033: "The digest's thread is full.",
    50083: "The digest's thread is archived and locked.",
    160005: "The digest's thread is locked.",
}
#: More are opened again, which Discord answers by saying that they are.
REMEMBERED = 1000


class DigestThreads:
    """The threads of digests, each opened when its first post comes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._open: dict[int, None] = {}

    async def open(self, message: Message) -> int | Outcome:
        """Return the thread that *message* goes in, or what became of the attempt."""
        digest = place_of_ref(message.target or NOWHERE, int(message.channel.id))
        if digest is None:
            return Undeliverable(stored("The digest is not shown."), "thread")
        channel, number = digest
        if channel != int(message.channel.id):
            # A forum's post is a thread, and the digest its first message.
            return channel
        if number in self._open:
            return number
        answer = await self._ask(message, channel, number)
        if not (isinstance(answer, Answered) or (isinstance(answer, Refused) and answer.code == THERE_ALREADY)):
            return not_opened(answer)
        self._remember(number)
        return number

    async def _ask(self, message: Message, channel: int, number: int) -> Answer:
        ids = {"channel_id": channel, "message_id": number}
        body = {"name": thread_name(message), "auto_archive_duration": LEAVES_AFTER}
        return await self._wire.call("POST", f"{MESSAGE}/threads", ids, json=body)

    def _remember(self, number: int) -> None:
        self._open[number] = None
        if len(self._open) > REMEMBERED:
            del self._open[next(iter(self._open))]

    def forget(self, number: int) -> None:
        self._open.pop(number, None)


def thread_of(message: Message) -> tuple[int, int] | None:
    """Return the thread that *message* goes in, and the digest's own message; None where it goes in none."""
    if message.target is None:
        return None
    channel, number = place_of_ref(message.target, int(message.channel.id)) or (0, 0)
    return (number if channel == int(message.channel.id) else channel), number


def not_opened(answer: Answer) -> Outcome:
    """Return what became of a post whose thread could not be opened: nothing was posted, whatever the answer."""
    match answer:
        case Lost(why=why):
            return NotSent(stored("Discord did not say whether the digest's thread is open ({why})", why=why))
        case Refused(code=code) if code in NOT_OPENED:
            return Undeliverable(NOT_OPENED[code], "thread")
        case Refused() if meaning_of(answer.status, answer.code).then == "message":
            return Undeliverable(
                stored("Discord opened no thread for the digest: {error}", error=answer.text[:400]), "thread"
            )
    return outcome_of(answer)


def posted_there(answer: Answer) -> Outcome:
    """Return what became of a post in a thread: a thread that takes nothing is no closed channel."""
    if isinstance(answer, Refused) and answer.code in TAKES_NOTHING:
        return Undeliverable(TAKES_NOTHING[answer.code], "thread")
    return outcome_of(answer)
