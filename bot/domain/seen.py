"""A post as queries, filters and mutes look at it: its words, each once, and where it comes from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import filterfalse

from bot.domain.model import SHARED, Feed, FeedId, Post
from bot.domain.terms import Memory, Term, chunks_of, parts_of, words_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Blog:
    """What is known of a post's feed when it is decided who wants the post."""

    id: FeedId
    host: str
    title: str = ""
    #: Which workspaces see it, as "slack:T1"; SHARED stands for all.
    workspaces: frozenset[str] = frozenset({SHARED})

    @classmethod
    def of(cls, feed: Feed, workspaces: Iterable[str] = (SHARED,)) -> "Blog":
        """Describe *feed* to those who decide."""
        host = feed.url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
        return cls(id=feed.id, host=host, title=feed.title or "", workspaces=frozenset(workspaces))

    @property
    def shared(self) -> bool:
        """Say whether every workspace sees this blog."""
        return SHARED in self.workspaces

    def seen_in(self, workspace: str) -> bool:
        """Say whether the workspace "slack:T1" sees this blog."""
        return self.shared or workspace in self.workspaces


def _all(chunk: str) -> tuple[str, ...]:
    words = words_in(chunk)
    return (*words, *(part for word in words for part in parts_of(word)))


#: A chunk's words with spaces between; all that can be found in a chunk that is no plain word.
_WORDS = Memory(lambda chunk: " ".join(words_in(chunk)))
_ALL = Memory(_all)


class Words:
    """A text's words, to look terms up in; each form is made when it is first needed."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    @cached_property
    def _chunks(self) -> list[list[str]]:
        return [chunks_of(text) for text in self._texts]

    @cached_property
    def folded(self) -> set[str]:
        """Every word and every part of a joined word, in lower case."""
        found: set[str] = set()
        for text in self._texts:
            found.update(chunks_of(text.lower()))
        # Most chunks are words as they stand: looking each up in a large memory would cost more than all the rest.
        joined = set(filterfalse(str.isalnum, found))
        found -= joined
        found.update(*map(_ALL.__getitem__, joined))
        return found

    @cached_property
    def _run(self) -> str:
        return self._exact.lower()

    @cached_property
    def _exact(self) -> str:
        # A line break is no word, so no phrase reaches from the title into the text.
        return "\n".join(f" {' '.join(map(_WORDS.__getitem__, chunks))} " for chunks in self._chunks)

    def has(self, term: Term) -> bool:
        """Say whether the term occurs, in any of its spellings."""
        if term.keeps_case:
            return any(f" {' '.join(words)} " in self._exact for words in term.spellings())
        if term.is_prefix:
            prefix = term.words[0]
            return any(word.startswith(prefix) for word in self.folded)
        return any(self._has(words) for words in term.spellings())

    def _has(self, words: Sequence[str]) -> bool:
        if len(words) == 1:
            return words[0] in self.folded
        return words[0] in self.folded and f" {' '.join(words)} " in self._run


class Seen:
    """One post and its blog."""

    def __init__(self, post: Post, blog: Blog) -> None:
        self.post = post
        self.blog = blog
        self.words = Words(post.title, post.text or post.summary)

    @cached_property
    def title(self) -> Words:
        return Words(self.post.title)

    @cached_property
    def author(self) -> Words:
        return Words(self.post.author or "")

    @cached_property
    def blog_title(self) -> Words:
        return Words(self.blog.title)

    def is_from(self, feed: str) -> bool:
        """Say whether the blog is the one meant: by host, by the end of its host, or by a name's words."""
        host = feed.lower().partition("://")[2] or feed.lower()
        host = host.partition("/")[0].removeprefix("www.")
        own = self.blog.host.removeprefix("www.")
        return own == host or own.endswith(f".{host}") or self.blog_title.has(Term(feed))

    def is_in(self, language: str) -> bool:
        """Say whether the feed says it is in this language: `en` takes `en-gb` too."""
        said = (self.post.language or "").lower().replace("_", "-")
        return said == language.lower() or said.startswith(f"{language.lower()}-")
