"""The sample feeds as they are served: RSS 2.0, RSS 1.0 and Atom, and the pages their links lead to."""

from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime
from html import escape

from bot.demo.writing import SampleBlog, SamplePost

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def feed_of(blog: SampleBlog, posts: Sequence[SamplePost], site: str) -> str:
    """Return the feed of *blog*, its newest posts first; *site* is where the blogs are served."""
    return FORMATS[blog.format](blog, posts, site)


def address(post: SamplePost, site: str) -> str:
    return f"{site}/{post.blog}/{post.slug}"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))


def _rss2(blog: SampleBlog, posts: Sequence[SamplePost], site: str) -> str:
    items = "".join(
        f"<item><title>{escape(p.title)}</title><link>{address(p, site)}</link><guid>{address(p, site)}</guid>"
        f"<dc:creator>{escape(p.author)}</dc:creator>"
        + ("" if blog.dateless else f"<pubDate>{format_datetime(p.written)}</pubDate>")
        + "".join(f"<category>{escape(name)}</category>" for name in p.categories)
        + f"<description>{escape(_paragraphs(p.text))}</description></item>\n"
        for p in posts
    )
    return (
        f'{HEAD}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(blog.name)}</title><link>{site}/{blog.slug}/</link><description></description>\n"
        f"{items}</channel></rss>\n"
    )


def _rss1(blog: SampleBlog, posts: Sequence[SamplePost], site: str) -> str:
    listed = "".join(f'<rdf:li rdf:resource="{address(p, site)}"/>' for p in posts)
    items = "".join(
        f'<item rdf:about="{address(p, site)}"><title>{escape(p.title)}</title><link>{address(p, site)}</link>'
        f"<dc:creator>{escape(p.author)}</dc:creator><dc:date>{p.written.isoformat()}</dc:date>"
        + "".join(f"<dc:subject>{escape(name)}</dc:subject>" for name in p.categories)
        + f"<description>{escape(_paragraphs(p.text))}</description></item>\n"
        for p in posts
    )
    return (
        f'{HEAD}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="{site}/{blog.slug}/">'
        f"<title>{escape(blog.name)}</title><link>{site}/{blog.slug}/</link><description>Samples</description>"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )


def _atom(blog: SampleBlog, posts: Sequence[SamplePost], site: str) -> str:
    newest = max((post.written for post in posts), default=None)
    entries = "".join(
        f"<entry><title>{escape(p.title)}</title><id>{address(p, site)}</id>"
        f'<link href="{address(p, site)}"/><author><name>{escape(p.author)}</name></author>'
        f"<published>{p.written.isoformat()}</published><updated>{p.written.isoformat()}</updated>"
        + "".join(f'<category term="{escape(name)}"/>' for name in p.categories)
        + f'<content type="html">{escape(_paragraphs(p.text))}</content></entry>\n'
        for p in posts
    )
    return (
        f'{HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(blog.name)}</title>'
        f'<id>{site}/{blog.slug}/</id><link href="{site}/{blog.slug}/"/>'
        f"<updated>{newest.isoformat() if newest else ''}</updated>\n{entries}</feed>\n"
    )


FORMATS: Mapping[str, Callable[[SampleBlog, Sequence[SamplePost], str], str]] = {
    "rss2": _rss2,
    "rss1": _rss1,
    "atom": _atom,
}


def page_of(title: str, text: str, feed: str) -> str:
    """Return a page that names its feed, so that a blog's address is enough to follow it."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<link rel="alternate" type="application/rss+xml" href="{feed}"></head>'
        f"<body><h1>{escape(title)}</h1>{_paragraphs(text)}</body></html>"
    )
