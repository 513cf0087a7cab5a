import pytest

from bot.domain.errors import BadSettings
from bot.domain.feed_file import default_feeds, read_packs
from bot.settings import PROJECT

GOOD = """
packs:
  - name: nlp
    about: Language.
    feeds:
      - {name: A, site: https://a.example/, feed: https://a.example/feed}
  - name: default
    default: true
    includes: [nlp]
    feeds:
      - {name: <b>, site: https://b.example/, feed: https://b.example/rss}
      - {name: A again, site: https://a.example/, feed: https://a.example/feed}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        read_packs(text, "config/feeds.yaml")
    return [str(fault) for fault in caught.value.faults]


def test_a_pack_has_its_own_feeds_and_those_of_the_packs_it_includes_each_once() -> None:
    packs = read_packs(GOOD, "config/feeds.yaml")

    assert [(pack.name, pack.about, pack.default) for pack in packs] == [
        ("nlp", "Language.", False),
        ("default", "", True),
    ]
    assert [(feed.title, feed.url) for feed in default_feeds(packs)] == [
        ("A again", "https://a.example/feed"),
        ("<b>", "https://b.example/rss"),
    ]


def test_the_packs_that_come_with_the_program_are_sound() -> None:
    text = (PROJECT / "config" / "feeds.yaml").read_text(encoding="utf-8")
    packs = {pack.name: pack for pack in read_packs(text, "config/feeds.yaml")}

    assert len(packs["default"].feeds) >= 100
    assert default_feeds(list(packs.values())) == packs["default"].feeds
    hosts = {feed.site for feed in packs["default"].feeds}
    assert hosts >= {
        "https://simonwillison.net/",
        "https://www.seangoedecke.com/",
        "https://antirez.com/",
        "https://magazine.sebastianraschka.com/",
        "https://lilianweng.github.io/",
        "https://mattmazur.com/",
        "https://vgel.me/",
    }
    assert "no URL in this file was fetched" in text


@pytest.mark.parametrize(
    ("wrong", "right", "fault"),
    [
        (
            "about:",
            "abuot:",
            "config/feeds.yaml:4: A pack has no `abuot`; it has about, default, feeds, includes, name.",
        ),
        ("feed: https://b.example/rss", "feed: b.example", "config/feeds.yaml:11: A feed needs its `feed`, an address"),
        ("site: https://b.example/, ", "", "config/feeds.yaml:11: A feed needs its `site`, an address"),
        (
            "includes: [nlp]",
            "includes: [npl]",
            "config/feeds.yaml:9: The pack default includes npl, which does not stand",
        ),
        ("default: true", "default: false", "config/feeds.yaml:2: One pack must say `default: true`."),
        ("name: default", "name: nlp", "config/feeds.yaml:7: The pack nlp is here twice."),
        ("packs:", "pakcs:", "config/feeds.yaml:2: This file holds a list of packs"),
    ],
)
def test_a_mistake_is_named_with_its_line(wrong: str, right: str, fault: str) -> None:
    found = faults(GOOD.replace(wrong, right))

    assert [one for one in found if one.startswith(fault)], found


def test_every_mistake_is_named_at_once() -> None:
    found = faults("packs:\n  - name: default\n    default: true\n    feeds: [{name: A}, x]\n  - nothing\n")

    assert [one.split(": ")[0] for one in found] == [
        "config/feeds.yaml:2",
        "config/feeds.yaml:4",
        "config/feeds.yaml:4",
        "config/feeds.yaml:5",
    ]
