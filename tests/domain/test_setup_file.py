"""The reviewed file: what it says, and every mistake in it by its line."""

from collections.abc import Sequence

import pytest

from bot.domain.channels import ChannelOptions
from bot.domain.errors import BadSettings
from bot.domain.model import Channel, Digest, Strictness
from bot.domain.own_topics import OwnRules
from bot.domain.setup import ChannelSetup, Followed, Setup, WorkspaceSetup, changes
from bot.domain.setup_file import Known, read_setup
from bot.domain.setup_text import write_setup
from bot.domain.vocabulary import Topic

START = ChannelOptions()
BUILT_IN = (Topic(slug="nlp", label="NLP"), Topic(slug="llm", label="Language models", aliases=("rag",)))
HERE = Channel(platform="room", workspace="demo", id="papers")
AGENTS = OwnRules(strong=("agents", "tool use"), against=("travel",))
NOW: Setup = {
    "room:demo": WorkspaceSetup(
        feeds=frozenset(),
        topics={"agents": AGENTS},
        channels={
            HERE: ChannelSetup(
                name="Papers", options=START, subscriptions={("topic", "agents"): Followed(target=("topic", "agents"))}
            )
        },
    )
}


def read(text: str, now: Setup | None = None) -> Setup:
    return read_setup(text, "setup.yaml", Known(now=now or {}, built_in=BUILT_IN, start=START))


def faults(text: str, now: Setup | None = None) -> Sequence[str]:
    with pytest.raises(BadSettings) as raised:
        read(text, now)
    return [str(fault).removeprefix("setup.yaml:")[:100] for fault in raised.value.faults]


EVERYTHING = """\
feeds:
- https://a.example/feed
workspaces:
  room:demo:
    feeds:
    - https://b.example/feed
    topics:
      agents:
        terms:
        - agents
        - tool use
        not:
        - travel
    channels:
      papers:
        name: Papers
        settings:
          zone: Europe/Berlin
          look: compact
          views: 'on'
        subscriptions:
        - feed: https://c.example/feed
        - query: postgres AND (vacuum OR autovacuum)
          mention: '12'
        - agents
        - topic: nlp
          strictness: strict
          mode: digest weekly mon,thu at 09:00 Europe/Berlin
          filters:
          - -jobs
          - '"vector search"'
          - lang:en
"""


def test_a_file_is_read_and_written_alike() -> None:
    setup = read(EVERYTHING)

    assert write_setup(setup, START) == EVERYTHING
    nlp = (setup["room:demo"].channels[HERE].subscriptions or {})["topic", "nlp"]
    assert nlp.strictness is Strictness.STRICT
    assert nlp.mode == Digest(every="weekly", weekdays=("mon", "thu"), zone="Europe/Berlin")


def test_bare_words_of_yaml_are_taken_as_meant() -> None:
    setup = read(
        "workspaces: {discord:12: {channels: {345: {settings: {views: on, quiet: off, burst: 9}, "
        "subscriptions: [{topic: nlp, mode: digest daily at 09:00 UTC, mention: 77}, https://a.example/]}}}}"
    )

    one = setup["discord:12"].channels[Channel(platform="discord", workspace="12", id="345")]
    assert one.options == ChannelOptions(views=True, burst=9)
    assert sorted(map(str, (one.subscriptions or {}).values())) == [
        "https://a.example/",
        "nlp digest daily at 09:00 UTC mention:77",
    ]


def test_a_digest_takes_the_zone_of_the_settings_beside_it() -> None:
    setup = read(
        "workspaces: {room:demo: {channels: {papers: {settings: {zone: Asia/Tokyo}, "
        "subscriptions: [{topic: nlp, mode: digest daily}]}}}}"
    )
    (one,) = (setup["room:demo"].channels[HERE].subscriptions or {}).values()
    assert str(one) == "nlp digest daily at 09:00 Asia/Tokyo"


def test_every_mistake_is_named_by_its_line() -> None:
    assert faults(
        """\
feeds: [ftp://a.example/feed]
workspace: 1
workspaces:
  slak:T1: {}
  room:demo:
    feeds:
      - https://b.example/feed
      - https://b.example/feed
    topics:
      rag: {terms: [agents]}
      Big: {terms: [7, "!"]}
      none: {}
    channels:
      true: {}
      papers:
        name: 7
        settings:
          look: huge
          colour: red
        subscriptions:
          - nlpp
          - Language Models
          - topic: nlp
            mode: digest daily
            strictness: hard
            filters: [jobs]
            mention: ann
          - {topic: nlp, feed: https://b.example/feed}
          - query: postgres AND (
          - {topic: nlp, mode: each tuesday}
          - {feed: b.example}
      rust: [1]
"""
    ) == [
        "1: 'ftp://a.example/feed' is no feed's address; it starts with https:// or http://.",
        "2: There is no `workspace` here; there are feeds, workspaces.",
        "4: slak:T1 is no workspace. Write slack:TEAM, discord:GUILD or room:NAME.",
        "8: https://b.example/feed is in this list already.",
        "10: rag already means llm; a word means one topic only.",
        "11: 7 must be a text; put it between quotes.",
        "11: ! has no letter or digit, so it cannot be a term.",
        "11: The topic Big needs `terms`: words and phrases, each of which suffices.",
        "11: Big cannot be a topic's name: use a-z, 0-9 and single hyphens, 40 at most.",
        "12: The topic none needs `terms`: words and phrases, each of which suffices.",
        "14: True is no channel's id; put it between quotes.",
        "16: 7 must be a text; put it between quotes.",
        "18: look is one of full, compact and title-only.",
        "19: There is no setting colour. There are zone, quiet, budget, look, silent, images, buttons, summar",
        "21: There is no topic nlpp here. It is neither built in nor under `topics`.",
        "22: There is no topic Language Models here. Write its short name, llm.",
        "24: In which time zone? Add it, for example digest daily at 09:00 Europe/Berlin.",
        "25: hard is no strictness; there are wide, normal, strict.",
        "26: jobs is no filter. Write -word, a phrase in quotes, feed:host, lang:en, title:word or author:nam",
        "27: ann is no role's id.",
        "28: A subscription names one `topic`, one `feed` or one `query`, as a text.",
        "29: The query postgres AND ( cannot be read. Something is missing at the end: a phrase in quotes or ",
        "30: tuesday says nothing about when: write `each` or a digest.",
        "30: nlp is in this list already.",
        "31: b.example is no feed's address; it starts with https:// or http://.",
        "32: Names and values belong here.",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("feeds: [", "1: This is not YAML: expected the node content, but found '<stream end>'."),
        ("feeds: [!!python/name:os.system x]", "1: This is not YAML: could not determine a constructor for the tag"),
        ("feeds: []\nfeeds: []", "2: feeds was set on line 1 already."),
        ("- feeds", "1: Names and values belong here."),
        ("feeds: {}", "1: A list belongs here."),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, why: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(why)


def test_a_topic_does_not_go_while_a_channel_that_is_not_in_the_file_follows_it() -> None:
    assert faults("workspaces: {room:demo: {topics: {}}}", NOW) == [
        "1: The topic agents is not in this list, and room:demo/papers follows it."
    ]
    assert read("workspaces: {room:demo: {topics: {}, channels: {papers: {subscriptions: []}}}}", NOW)


def test_an_own_topic_of_the_database_may_be_followed() -> None:
    assert read("workspaces: {room:demo: {channels: {rust: {subscriptions: [agents]}}}}", NOW)


def test_what_a_file_does_not_name_is_left_alone() -> None:
    assert changes(NOW, read("{}", NOW), START) == ()
    assert changes(NOW, read("workspaces: {room:demo: {channels: {papers: {}}}}", NOW), START) == ()


def test_changes_are_shown_place_by_place() -> None:
    wanted = read(
        "feeds: [https://a.example/feed]\n"
        "workspaces: {room:demo: {topics: {agents: {terms: [agents]}, more: {terms: [more words]}}, channels: "
        "{papers: {name: Reading, settings: {look: compact}, subscriptions: [{topic: agents, filters: [-x]}, nlp]}, "
        "rust: {subscriptions: [nlp]}}}}",
        NOW,
    )

    assert [line for change in changes(NOW, wanted, START) for line in change.lines()] == [
        "feeds shared by all",
        "  + feed https://a.example/feed",
        "room:demo",
        '  ~ topic agents: agents (was: agents "tool use" -travel)',
        "room:demo",
        '  + topic more: "more words"',
        "room:demo/papers",
        "  ~ name: Reading",
        "  ~ look: compact (was: full)",
        "  ~ agents -x (was: agents)",
        "  + nlp",
        "room:demo/rust",
        "  + nlp",
    ]
    emptied = read("workspaces: {room:demo: {topics: {}, channels: {papers: {subscriptions: []}}}}", NOW)
    assert [line for change in changes(NOW, emptied, START) for line in change.lines()] == [
        "room:demo",
        "  - topic agents",
        "room:demo/papers",
        "  - agents",
    ]


def test_a_name_in_place_of_a_channels_id_is_a_mistake() -> None:
    text = (
        "workspaces:\n  slack:T1:\n    channels:\n      general: {subscriptions: [nlp]}\n      C1: {}\n"
        "  discord:12:\n    channels:\n      general: {}\n  room:demo:\n    channels:\n      general: {}\n"
    )
    assert faults(text) == [
        f"{line}: general is no id of a channel there. Copy its id, not its name." for line in (4, 8)
    ]


def test_aliases_that_stand_for_too_much_are_a_mistake() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    said = [" This is not YAML: its aliases (*name) stand for too much."]
    assert faults("\n".join([*lines, "feeds: *a11"])) == said
    assert faults("feeds: &a [*a]") == said


def test_a_short_alias_is_read() -> None:
    text = "feeds: &a [https://a.example/feed]\nworkspaces: {room:demo: {feeds: *a}}\n"
    assert read(text)["room:demo"].feeds == frozenset({"https://a.example/feed"})
