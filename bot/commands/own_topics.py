"""`/tidings topic create|show|edit|delete`: a workspace's own topics."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.commands.command import Call, Command, Who
from bot.commands.desk import Desk
from bot.commands.topics import complete_topics
from bot.commands.tuning import changes_in_words
from bot.domain.errors import UsageError
from bot.domain.language import Language
from bot.domain.own_topics import TOO_MUCH, OwnRules, read_name, read_rules
from bot.domain.reply import Button, Field, Form, Reply
from bot.domain.unsaid import Text
from bot.domain.vocabulary import Topic, Weight

DAYS = 30
#: With fewer posts than this in the archive a share says nothing.
ENOUGH = 30
ANYWAY = "anyway:"
SHOWN = 12
_SAVED = {
    "create": Text("{topic} is a topic here now"),
    "edit": Text("{topic} was changed; nothing is announced by that"),
}
_WEIGHTS: Mapping[Weight, Text] = {
    "strong": Text("One suffices: {terms}."),
    "medium": Text("Counts: {terms}."),
    "weak": Text("Helps: {terms}."),
    "not": Text("Speaks against it: {terms}."),
}


async def create(desk: Desk, call: Call) -> Reply:
    """Make a topic of words and phrases, each of which suffices."""
    text, anyway = _anyway(call.text)
    slug, rest = read_name(text)
    if await desk.own_topics.find(call.workspace, slug):
        raise UsageError(
            "There is a topic {topic} of yours already: `/tidings topic edit {topic}` changes it.", topic=slug
        )
    rules = read_rules(rest or slug)
    known = await desk.topics.find(call.workspace, slug)
    if known is not None and known.slug != slug:
        raise UsageError("{word} already means {topic}; a word means one topic only.", word=slug, topic=known.label)
    return await _saved(desk, call, (slug, rules), "create", anyway=anyway)


async def edit(desk: Desk, call: Call) -> Reply:
    """Give one of the workspace's own topics other words; a form shows those it has."""
    text, anyway = _anyway(call.text)
    slug, rest = read_name(text)
    rules = await desk.own_topics.find(call.workspace, slug)
    if rules is None:
        raise await _not_own(desk, call, slug)
    rest = call.values.get("terms", rest)
    if not rest:
        return _form(call.say, slug, rules)
    return await _saved(desk, call, (slug, read_rules(rest)), "edit", anyway=anyway)


def _form(say: Language, slug: str, rules: OwnRules) -> Reply:
    field = Field(
        name="terms", label=say("Words and phrases"), value=str(rules), hint=say('"a phrase" word -not'), required=True
    )
    action = f"/tidings topic edit {slug}"
    form = Form(title=say("Edit {topic}", topic=slug), action=action, fields=(field,), submit=say("Save"))
    text = say("{topic} has: {rules}. `/tidings topic edit {topic} WORDS` gives it others.", topic=slug, rules=rules)
    return Reply(text=text, form=form)


def _anyway(text: str) -> tuple[str, bool]:
    return text.removeprefix(ANYWAY).strip(), text.startswith(ANYWAY)


async def _saved(desk: Desk, call: Call, made: tuple[str, OwnRules], verb: str, *, anyway: bool) -> Reply:
    say, (slug, rules) = call.say, made
    now = desk.clock.now()
    since = now - timedelta(days=DAYS)
    matched, total = await desk.own_topics.share(call.workspace, slug, rules, since)
    if total >= ENOUGH and matched > total * TOO_MUCH and not anyway:
        save = Button(label=say("Save anyway"), action=f"/tidings topic {verb} {ANYWAY} {slug} {rules}")
        text = say(
            "{topic} would have {matched} of the last {all} posts, more than a third. Nothing was saved.",
            topic=slug,
            matched=matched,
            all=total,
        )
        return Reply(text=text, buttons=(save,), done=False)
    put = desk.own_topics.put(call.workspace, slug, rules, by=call.person.id, now=now, limit=desk.limits.topics)
    await put
    await desk.own_topics.rematch(call.workspace, slug, since)
    await desk.heed()
    text = say.plural(
        "{done}: it has {matched} of the {number} post of the last {days} days. `/subscribe {topic}` follows it.",
        "{done}: it has {matched} of the {number} posts of the last {days} days. `/subscribe {topic}` follows it.",
        total,
        done=say(_SAVED[verb], topic=slug),
        matched=matched,
        days=DAYS,
        topic=slug,
    )
    follow = Button(label=say("Follow {topic} here", topic=slug), action=f"/subscribe {slug}")
    return Reply(text=text, buttons=(follow,), replace=call.pressed)


async def show(desk: Desk, call: Call) -> Reply:
    """Say by which words a topic is found."""
    say = call.say
    if not call.text:
        raise UsageError("Say which topic: `/tidings topic show nlp`.")
    named = await desk.topics.find(call.workspace, call.text)
    topic = await desk.rules.rules(call.workspace, named.slug) if named else None
    if named is None or topic is None:
        raise UsageError("There is no topic {topic}. `/topics` lists the topics.", topic=call.text)
    own = await desk.own_topics.find(call.workspace, named.slug) is not None
    tuning = (await desk.feedback.tunings(call.channel)).get(named.slug, {})
    whose = say("{topic} (this workspace)", topic=named.label) if own else say("{topic} (built in)", topic=named.label)
    lines = [whose, *_terms(say, topic)]
    if named.parent:
        lines.append(say("Its posts belong to {topic}, too.", topic=named.parent))
    if named.aliases:
        lines.append(say("Also called: {names}.", names=", ".join(named.aliases)))
    if tuning:
        lines.append(say("Here only: {changes}.", changes=changes_in_words(say, tuning)))
    edit_it = (Button(label=say("Edit"), action=f"/tidings topic edit {named.slug}"),) if own else ()
    return Reply(text="\n".join(lines), buttons=edit_it)


def _terms(say: Language, topic: Topic) -> list[str]:
    return [say(_WEIGHTS[weight], terms=_some(say, terms)) for weight, terms in topic.terms.items() if terms]


def _some(say: Language, terms: Sequence[str]) -> str:
    shown, more = ", ".join(terms[:SHOWN]), len(terms) - SHOWN
    return say("{terms} and {number} more", terms=shown, number=more) if more > 0 else shown


async def delete(desk: Desk, call: Call) -> Reply:
    """Delete one of the workspace's own topics."""
    slug, _ = read_name(call.text)
    if await desk.own_topics.find(call.workspace, slug) is None:
        raise await _not_own(desk, call, slug)
    following = await desk.own_topics.followers(call.workspace, slug)
    if following and not await desk.rules.is_built_in(slug):
        raise UsageError(
            call.say.plural(
                "{number} channel follows {topic}; unsubscribe there first.",
                "{number} channels follow {topic}; unsubscribe there first.",
                following,
                topic=slug,
            )
        )
    await desk.own_topics.delete(call.workspace, slug, by=call.person.id, now=desk.clock.now())
    await desk.heed()
    return Reply(text=call.say("The topic {topic} of this workspace is gone.", topic=slug), replace=call.pressed)


async def _not_own(desk: Desk, call: Call, slug: str) -> UsageError:
    known = await desk.topics.find(call.workspace, slug)
    if known is None:
        return UsageError("There is no topic {topic}. `/tidings topic create {topic} WORDS` makes one.", topic=slug)
    return UsageError(
        "{topic} is built in and stays as it is; `/tidings topic create {slug} WORDS` lays your own over it.",
        topic=known.label,
        slug=slug,
    )


COMMANDS = (
    Command(
        verb="topic create",
        usage='NAME "a phrase" word -not',
        help="Make a topic of this workspace's own.",
        who=Who.WORKSPACE,
        run=create,
        examples=('/tidings topic create rag "retrieval augmented generation" rag -vacuum',),
    ),
    Command(
        verb="topic edit",
        usage='NAME ["a phrase" word -not]',
        help="Give a topic of this workspace other words.",
        who=Who.WORKSPACE,
        run=edit,
    ),
    Command(verb="topic delete", usage="NAME", help="Delete a topic of this workspace.", who=Who.WORKSPACE, run=delete),
    Command(
        verb="topic show",
        usage="TOPIC",
        help="Show by which words a topic is found.",
        run=show,
        complete=complete_topics,
    ),
)
