"""What the sample blogs write: titles and texts put together from their own sentences, never twice the same title."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from pathlib import Path

import yaml

SOURCE = Path(__file__).with_name("blogs.yaml")
LONG = 80_000
# Once every thing has met every angle, the titles go round again with another beginning.
ROUNDS = ("", "More on: ", "A reader asks: ", "Looking back: ", "In short: ", "Once again: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleBlog:
    """A blog of the demo."""

    slug: str
    #: Empty for the one that has no name.
    name: str
    author: str
    format: str
    categories: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    angles: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    #: Its posts carry no date.
    dateless: bool = False
    #: Its posts are 80,000 characters long.
    long: bool = False
    #: The blogs whose posts it repeats; empty for a blog that writes itself.
    planet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePost:
    blog: str
    slug: str
    title: str
    text: str
    author: str
    written: datetime
    categories: tuple[str, ...] = ()


def read_blogs() -> tuple[SampleBlog, ...]:
    """Return the bundled blogs."""
    described = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))["blogs"]
    lists = ("categories", "things", "angles", "sentences", "planet")
    return tuple(SampleBlog(**{**one, **{k: tuple(one[k]) for k in lists if k in one}}) for one in described)


def posts_of(blog: SampleBlog, written: datetime) -> Iterator[SamplePost]:
    """Yield posts of *blog*, each with another title; the caller dates them."""
    chance = random.Random(blog.slug)
    for number, start in enumerate(ROUNDS):
        titles = [f"{thing}, {angle}" for thing, angle in product(blog.things, blog.angles)]
        chance.shuffle(titles)
        for place, title in enumerate(titles):
            text = _long(blog, chance) if blog.long else _short(blog, chance)
            yield SamplePost(
                blog=blog.slug,
                slug=f"{number}-{place}",
                title=start + title,
                text=text,
                author=blog.author,
                written=written,
                categories=blog.categories,
            )


def dated(post: SamplePost, written: datetime) -> SamplePost:
    return replace(post, written=written)


def _short(blog: SampleBlog, chance: random.Random) -> str:
    paragraphs = [chance.sample(blog.sentences, 4), chance.sample(blog.sentences, 3)]
    return "\n\n".join(" ".join(sentences) for sentences in paragraphs)


def _long(blog: SampleBlog, chance: random.Random) -> str:
    text = ""
    while len(text) < LONG:
        text += " ".join(chance.sample(blog.sentences, 5)) + "\n\n"
    return text.strip()
