"""From the text of a query to the query, or to a sentence with a caret under what cannot be read."""

import re
from functools import lru_cache, reduce
from typing import get_args

import re2
from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from bot.domain.errors import UsageError
from bot.domain.query import And, Field, Has, Is, Not, Or, Pattern, Query, compiled
from bot.domain.terms import Term
from bot.domain.unsaid import Text

LONGEST_QUERY = 500
MOST_PARTS = 40
DEEPEST = 10
SHOWN = 60

# In a word almost anything may stand, so that c++, node.js, =Go and data* need no quotes.
_GRAMMAR = r"""
?start: either
?either: every (OR every)*
?every: part (AND? part)*
?part: NOT part -> negated
     | MINUS part -> negated
     | "(" either ")"
     | FIELD (PHRASE | WORD) -> field
     | PATTERN -> pattern
     | (PHRASE | WORD) -> has
AND.3: /AND(?![^\s()"])/
OR.3: /OR(?![^\s()"])/
NOT.3: /NOT(?![^\s()"])/
MINUS.3: /-(?=[^\s-])/
PATTERN.4: /re:(\/([^\/\\]|\\.)*\/|"[^"]*"|[^\s\/"][^\s]*)/
FIELD.4: /(title|author|feed|lang|category):/i
PHRASE.2: /=?"[^"]*"/
WORD: /[^\s()"]+/
%ignore /\s+/
"""
_PARSER = Lark(_GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False, propagate_positions=False)
_PLAIN_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'", "`": "'"})
_PLAIN = re.compile(r'(?P<minus>-?)((?P<word>[^\W_]{1,60})|"(?P<phrase>[^\W_]{1,40}( [^\W_]{1,40}){1,5})")')
_WORD = Text("a word")
#: In the order in which they are named.
_EXPECTED = {
    "RPAR": Text("a closing bracket `)`"),
    "PHRASE": Text("a phrase in quotes"),
    "WORD": _WORD,
    "LPAR": Text("an opening bracket `(`"),
}


class UnreadableQuery(UsageError):
    """A query that cannot be read; the text has the query with a caret under the place."""

    def __init__(self, text: str, at: int, why: Text) -> None:
        # A long query is shown around the place, so that it fits a line on a phone.
        start = max(0, at - SHOWN // 2)
        shown = text[start : start + SHOWN]
        # As code, so that the signs of both lines are of one width; spaces of the plain kind a chat would swallow.
        caret = "\u00a0" * (at - start) + "^"
        if shown:
            super().__init__("{why}\n`{shown}`\n`{caret}`", why=why, shown=shown, caret=caret)
        else:
            super().__init__(why)
        self.at = at


class _Refused(Exception):
    """A part of a query that cannot be meant, and where it stands."""

    def __init__(self, at: int, why: Text) -> None:
        super().__init__(str(why))
        self.at = at
        self.why = why


@lru_cache(10_000)
def parse_query(text: str) -> Query:
    """Return the query that a person wrote, or raise UnreadableQuery."""
    text = " ".join(text.translate(_PLAIN_QUOTES).split())
    if len(text) > LONGEST_QUERY:
        why = Text("A query may have {most} characters, this one has {have}.", most=LONGEST_QUERY, have=len(text))
        raise UnreadableQuery(text, LONGEST_QUERY, why)
    if not text:
        raise UnreadableQuery("", 0, Text("The query is empty."))
    _check_quotes(text)
    _check_depth(text)
    try:
        query = _Building().transform(_PARSER.parse(text))
    except VisitError as error:
        if isinstance(error.orig_exc, _Refused):
            raise UnreadableQuery(text, error.orig_exc.at, error.orig_exc.why) from None
        raise
    except UnexpectedInput as error:
        raise UnreadableQuery(text, *_place_and_reason(error, text)) from None
    if (parts := _count(query)) > MOST_PARTS:
        why = Text("A query may have {most} parts, this one has {have}.", most=MOST_PARTS, have=parts)
        raise UnreadableQuery(text, len(text) - 1, why)
    return query


def parse_filters(filters: tuple[str, ...]) -> Query | None:
    """Return the query that a subscription's filters are together; None where there are none."""
    parts = tuple(_plain(text) or parse_query(text) for text in filters)
    return None if not parts else parts[0] if len(parts) == 1 else And(parts)


def _plain(text: str) -> Query | None:
    """Read a word or a phrase without the parser: there are 100,000 of them to read when the bot starts."""
    found = _PLAIN.fullmatch(text)
    if found is None or found["word"] in ("AND", "OR", "NOT"):
        return None
    has = Has(Term(found["word"] or found["phrase"]))
    return Not(has) if found["minus"] else has


def _check_quotes(text: str) -> None:
    if text.count('"') % 2:
        raise UnreadableQuery(text, text.rindex('"'), Text("This quote is never closed."))


def _check_depth(text: str) -> None:
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > DEEPEST:
            raise UnreadableQuery(text, at, Text("Brackets may be nested {most} deep.", most=DEEPEST))


def _place_and_reason(error: UnexpectedInput, text: str) -> tuple[int, Text]:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at = error.token.start_pos or 0
        return at, Text("`{what}` cannot stand here.", what=error.token)
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        return at, Text("`{what}` cannot stand here.", what=text[at])
    return len(text), Text("Something is missing at the end: {what}.", what=_missing(error))


def _missing(error: UnexpectedInput) -> Text:
    accepted = getattr(error, "accepts", None) or ()
    expected = [text for name, text in _EXPECTED.items() if name in accepted] or [_WORD]
    return reduce(lambda one, other: Text("{one} or {other}", one=one, other=other), expected)


def _count(query: Query) -> int:
    if isinstance(query, And | Or):
        return sum(map(_count, query.parts))
    return _count(query.part) if isinstance(query, Not) else 1


class _Building(Transformer[Token, Query]):
    """Makes the query of the tree that the parser found."""

    def either(self, parts: list[Query | Token]) -> Query:
        return Or(_queries(parts))

    def every(self, parts: list[Query | Token]) -> Query:
        return And(_queries(parts))

    def negated(self, parts: list[Query | Token]) -> Query:
        return Not(_queries(parts)[0])

    def has(self, tokens: list[Token]) -> Query:
        return Has(_term(tokens[0]))

    def field(self, tokens: list[Token]) -> Query:
        name, value = tokens
        field = next(field for field in get_args(Field) if name.lower() == f"{field}:")
        text = _unquoted(value)
        if field in ("title", "author"):
            text = _term(value).text
        if not text.strip():
            raise _Refused(value.start_pos or 0, Text("`{field}:` needs a value.", field=field))
        return Is(field, text)

    def pattern(self, tokens: list[Token]) -> Query:
        token = tokens[0]
        source = token.removeprefix("re:")
        if source[0] in '/"':
            source = source[1:-1]
        try:
            compiled(source)
        except re2.error as error:
            reason = error.args[0].decode("utf-8", "replace") if error.args else "unknown"
            raise _Refused(
                (token.start_pos or 0) + 3, Text("This pattern is refused: {reason}.", reason=reason)
            ) from None
        return Pattern(source)


def _queries(parts: list[Query | Token]) -> tuple[Query, ...]:
    return tuple(part for part in parts if not isinstance(part, Token))


def _unquoted(token: Token) -> str:
    return token.replace('"', "")


def _term(token: Token) -> Term:
    term = Term(_unquoted(token))
    if fault := term.fault:
        raise _Refused(token.start_pos or 0, Text("`{word}` {fault}.", word=token, fault=fault))
    return term
