"""`Not about nlp`, and `/tidings topic tune`: clicks are counted, proposals made, and a person decides."""

from collections.abc import Mapping

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.muting import GONE
from bot.commands.topics import complete_topics
from bot.domain.errors import UsageError
from bot.domain.feedback import ENOUGH, Proposal, propose, read_change
from bot.domain.language import Language
from bot.domain.model import AnnouncementId, TopicName
from bot.domain.reply import Button, Reply
from bot.domain.tuning import CHANGED, Change, Tuning
from bot.domain.typed import words

RESET = "reset"


async def not_about(desk: Desk, call: Call) -> Reply:
    """Count a click, one for each person and post; it changes nothing by itself."""
    announcement, _, undo = call.text.partition(" ")
    if undo:
        return await _unvoted(desk, call, AnnouncementId(announcement))
    slug = await desk.feedback.vote(AnnouncementId(announcement), call.channel, call.person.id, desk.clock.now())
    if slug is None:
        return Reply(text=call.say(GONE), done=False)
    text = call.say(
        "Thank you, noted: not about {topic}. `/tidings topic tune {topic}` shows what such clicks suggest.", topic=slug
    )
    suggest = Button(label=call.say("What they suggest"), action=f"/tidings topic tune {slug}")
    back = Button(label=call.say("Undo"), action=f"/tidings not-about {announcement} undo")
    return Reply(text=text, buttons=(suggest, back))


async def _unvoted(desk: Desk, call: Call, announcement: AnnouncementId) -> Reply:
    slug = await desk.feedback.unvote(announcement, call.channel, call.person.id)
    text = call.say(GONE) if slug is None else call.say("Taken back: it is about {topic} after all.", topic=slug)
    return Reply(text=text, done=slug is not None, replace=call.pressed)


async def tune(desk: Desk, call: Call) -> Reply:
    """Propose how a topic should weigh its terms here, or change it as asked."""
    typed = words(call.text)
    named = await desk.topics.find(call.workspace, typed[0]) if typed else None
    if named is None:
        raise UsageError("Say which topic: `/tidings topic tune nlp`, or `/tidings topic tune nlp openai=weak`.")
    tuned = dict((await desk.feedback.tunings(call.channel)).get(named.slug, {}))
    asked = " ".join(typed[1:])
    if not asked:
        return await _proposals(desk, call, named, tuned)
    if not call.person.may_change_channel and not call.person.may_change_workspace:
        raise UsageError("Changing how a topic is weighed here is for people who may change this channel.")
    if asked.casefold() == RESET:
        tuned = {}
    else:
        term, change = read_change(asked, await desk.rules.weights(call.workspace, named.slug))
        tuned[term] = change
    tuning = Tuning(channel=call.channel, topic=named.slug, terms=tuned)
    await desk.feedback.tune(tuning, by=call.person.id, now=desk.clock.now())
    await desk.heed()
    said = _here(call.say, tuned) or call.say("{topic} is weighed here as everywhere.", topic=named.label)
    return Reply(text=said, buttons=_undo(call.say, named, tuned), replace=call.pressed)


async def _proposals(desk: Desk, call: Call, named: TopicName, tuned: Mapping[str, Change]) -> Reply:
    say, ballots = call.say, await desk.feedback.ballots(call.channel, named.slug)
    weights = await desk.rules.weights(call.workspace, named.slug)
    found = propose(ballots, weights, tuned)
    lines = [
        say.plural(
            "{number} click here said: not about {topic}.",
            "{number} clicks here said: not about {topic}.",
            len(ballots),
            topic=named.label,
        )
    ]
    if found:
        lines += [f"• {_proposed(say, one)}" for one in found]
    elif len(ballots) < ENOUGH:
        lines.append(say("From {number} on there may be something to propose.", number=ENOUGH))
    else:
        lines.append(say("No single term brought half of them, so there is nothing to propose."))
    lines.append(_here(say, tuned))
    return Reply(
        text="\n".join(filter(None, lines)),
        buttons=(*(_apply(say, named, one) for one in found), *_undo(say, named, tuned)),
        replace=call.pressed,
    )


def _proposed(say: Language, one: Proposal) -> str:
    return say(
        "make “{term}” {change} here: it brought {clicks} of the {all}",
        term=one.term,
        change=say(CHANGED[one.change]),
        clicks=one.clicks,
        all=one.of,
    )


def _apply(say: Language, named: TopicName, one: Proposal) -> Button:
    label = say("Make {term} {change}", term=one.term.lstrip("="), change=say(CHANGED[one.change]))
    return Button(label=label[:70], action=f"/tidings topic tune {named.slug} {one.term}={one.change}")


def _undo(say: Language, named: TopicName, tuned: Mapping[str, Change]) -> tuple[Button, ...]:
    if not tuned:
        return ()
    return (Button(label=say("As everywhere"), action=f"/tidings topic tune {named.slug} {RESET}"),)


def _here(say: Language, tuned: Mapping[str, Change]) -> str:
    return say("In this channel {changes}.", changes=changes_in_words(say, tuned)) if tuned else ""


def changes_in_words(say: Language, tuned: Mapping[str, Change]) -> str:
    """Return `“openai” is weak, “gpt” is off`."""
    told = (say("“{term}” is {change}", term=term.lstrip("="), change=say(CHANGED[to])) for term, to in tuned.items())
    return ", ".join(told)


COMMANDS = (
    Command(
        verb="topic tune",
        usage="TOPIC [term=weak | reset]",
        help="See what clicks on “Not about” suggest, and weigh a topic's words for this channel.",
        run=tune,
        complete=complete_topics,
        examples=("/tidings topic tune nlp", "/tidings topic tune nlp openai=weak", "/tidings topic tune nlp reset"),
    ),
    Command(verb="not-about", help="Say that a message was not about its topic.", run=not_about, hidden=True),
)
