"""`Not about nlp`, and `/tidings topic tune`: clicks are counted, proposals made, and a person decides."""

from collections.abc import Mapping

from bot.commands.command import Call, Command
from bot.commands.desk import Desk
from bot.commands.muting import GONE
from bot.commands.topics import complete_topics
from bot.domain.errors import UsageError
from bot.domain.feedback import ENOUGH, Proposal, propose, read_change
from bot.domain.model import AnnouncementId, TopicName
from bot.domain.reply import Button, Reply
from bot.domain.tuning import Change, Tuning
from bot.domain.typed import count, words

RESET = "reset"


async def not_about(desk: Desk, call: Call) -> Reply:
    """Count a click, one for each person and post; it changes nothing by itself."""
    announcement, _, undo = call.text.partition(" ")
    if undo:
        return await _unvoted(desk, call, AnnouncementId(announcement))
    slug = await desk.feedback.vote(AnnouncementId(announcement), call.channel, call.person.id, desk.clock.now())
    if slug is None:
        return Reply(text=GONE, done=False)
    text = f"Thank you, noted: not about {slug}. `/tidings topic tune {slug}` shows what such clicks suggest."
    suggest = Button(label="What they suggest", action=f"/tidings topic tune {slug}")
    return Reply(text=text, buttons=(suggest, Button(label="Undo", action=f"/tidings not-about {announcement} undo")))


async def _unvoted(desk: Desk, call: Call, announcement: AnnouncementId) -> Reply:
    slug = await desk.feedback.unvote(announcement, call.channel, call.person.id)
    text = GONE if slug is None else f"Taken back: it is about {slug} after all."
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
    said = _here(tuned) or f"{named.label} is weighed here as everywhere."
    return Reply(text=said, buttons=_undo(named, tuned), replace=call.pressed)


async def _proposals(desk: Desk, call: Call, named: TopicName, tuned: Mapping[str, Change]) -> Reply:
    ballots = await desk.feedback.ballots(call.channel, named.slug)
    weights = await desk.rules.weights(call.workspace, named.slug)
    found = propose(ballots, weights, tuned)
    lines = [f"{count(len(ballots), 'click')} here said: not about {named.label}."]
    if found:
        lines += [f"• make “{one.term}” {one.change} here: it brought {one.clicks} of the {one.of}" for one in found]
    elif len(ballots) < ENOUGH:
        lines.append(f"From {ENOUGH} on there may be something to propose.")
    else:
        lines.append("No single term brought half of them, so there is nothing to propose.")
    lines.append(_here(tuned))
    return Reply(
        text="\n".join(filter(None, lines)),
        buttons=(*(_apply(named, one) for one in found), *_undo(named, tuned)),
        replace=call.pressed,
    )


def _apply(named: TopicName, one: Proposal) -> Button:
    label = f"Make {one.term.lstrip('=')} {one.change}"
    return Button(label=label[:70], action=f"/tidings topic tune {named.slug} {one.term}={one.change}")


def _undo(named: TopicName, tuned: Mapping[str, Change]) -> tuple[Button, ...]:
    return (Button(label="As everywhere", action=f"/tidings topic tune {named.slug} {RESET}"),) if tuned else ()


def _here(tuned: Mapping[str, Change]) -> str:
    if not tuned:
        return ""
    return "In this channel " + ", ".join(f"“{term.lstrip('=')}” is {change}" for term, change in tuned.items()) + "."


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
