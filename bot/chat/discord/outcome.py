"""From what one REST call brought back to what became of a message. Pure."""

from typing import assert_never

from bot.chat.discord.errors import meaning_of
from bot.chat.discord.wire import Answer, Answered, Limited, Lost, Refused, Unreached
from bot.domain.message import CannotLook, NotSent, Outcome, Sent, Undeliverable, Unknown
from bot.domain.model import MessageRef
from bot.domain.unsaid import stored

#: There is nothing to point to: the first copy was deleted before we heard of it.
NOWHERE = MessageRef("")


def outcome_of(answer: Answer, target: MessageRef = NOWHERE) -> Outcome:
    """Return what became of a message. *target*: what it is called where the call itself does not say."""
    match answer:
        case Answered():
            return _answered(answer, target)
        case Refused():
            return _refused(answer, target)
        case Limited():
            return NotSent(
                stored("Discord asked to wait"), answer.retry_after, "platform" if answer.everywhere else "channel"
            )
        case Unreached():
            return NotSent(stored("Discord could not be reached ({error})", error=answer.why))
        case Lost():
            return Unknown(answer.why)
        case _:
            assert_never(answer)


def _answered(answer: Answered, target: MessageRef) -> Outcome:
    match answer.body:
        case {"id": number}:
            return Sent(MessageRef(str(number)))
        case None | "":
            return Sent(target)
        case _:
            return Unknown(stored("Discord's answer was not a message"))


def _refused(refused: Refused, target: MessageRef) -> Outcome:
    meaning = meaning_of(refused.status, refused.code)
    match meaning.then:
        case "done":
            return Sent(target)
        case "channel":
            return Undeliverable(f"{meaning.why}.", "channel")
        case "message" | "words":
            why = f"{meaning.why}: {refused.text}"[:500]
            return Undeliverable(why, "message", in_any_form=meaning.then == "words")
        case "later":
            return NotSent(meaning.why, meaning.wait, "channel")
        case "token":
            return Undeliverable(f"{meaning.why}.", "installation")
        case _:
            assert_never(meaning.then)


def cannot_look(answer: Answer) -> CannotLook:
    """Return why history could not be read."""
    match answer:
        case Refused():
            meaning = meaning_of(answer.status, answer.code)
            return CannotLook(meaning.why, for_now=meaning.then in ("later", "token"))
        case Limited():
            return CannotLook(stored("Discord asked to wait"), for_now=True, retry_after=answer.retry_after)
        case Unreached() | Lost():
            return CannotLook(answer.why, for_now=True)
        case Answered():
            return CannotLook(stored("Discord's answer was not what was asked for"), for_now=True)
        case _:
            assert_never(answer)
