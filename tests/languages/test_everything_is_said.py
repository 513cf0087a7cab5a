"""No text for people bypasses `say`: what can be checked in the source is checked here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.languages.sources import BOT, SAYING, calls_that_say, name_of, spoken

#: Where replies, buttons and forms hold what people read; actions and addresses are not among it.
READ = {
    "Reply": {"text"},
    "Button": {"label"},
    "Form": {"title", "submit"},
    "Field": {"label", "hint", "group"},
    "Choice": {"label"},
}
SPEAKING = [path for path in spoken() if {"commands", "chat", "domain"} & set(path.relative_to(BOT).parts)]
#: But the names of who may run a command, which stand in docs/commands.md.
COMMANDS = [path for path in sorted((BOT / "commands").glob("*.py")) if path.name != "command.py"]
WORDS = re.compile(r"[A-Za-z]{2}")
SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z’']{1,}")
#: Never read by people in a chat: what is typed, and what operators read.
TYPED = re.compile(r"/|digest |`/")
FOR_OPERATORS = {"GiveUp", "Fault", "AssertionError", "TypeError", "ValueError", "Command", "Health", "compile"}


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: str(path.relative_to(BOT)))
def test_what_people_read_is_said(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert list(unsaid_in_replies(tree)) == []


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_no_sentence_of_a_command_is_a_bare_literal(path: Path) -> None:
    assert list(unsaid_sentences(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("path", spoken(), ids=lambda path: str(path.relative_to(BOT)))
def test_a_text_is_a_plain_literal(path: Path) -> None:
    calls = calls_that_say(ast.parse(path.read_text(encoding="utf-8")))
    texts = [text for call in calls for text in call.args[: 2 if name_of(call) == "plural" else 1]]

    assert [ast.unparse(text) for text in texts if isinstance(text, ast.JoinedStr | ast.BinOp)] == []


def test_what_bypasses_is_found() -> None:
    bad = ast.parse('Reply(text=f"Removed {name}.", buttons=(Button(label="Undo"),))\nx = "No such thing here"\n')
    good = ast.parse('Reply(text=say("Removed {name}.", name=name))\nraise UsageError("No such thing here")\n')

    assert list(unsaid_in_replies(bad)) == ["Removed ", "Undo"]
    assert list(unsaid_sentences(bad)) == ["No such thing here"]
    assert list(unsaid_in_replies(good)) == list(unsaid_sentences(good)) == []


def unsaid_in_replies(tree: ast.AST) -> Iterator[str]:
    """Yield the literals that stand where people read, outside of `say`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in READ:
            for given in node.keywords:
                if given.arg in READ[name_of(node)]:
                    yield from (text for text in literals(given.value) if WORDS.search(text) and not TYPED.match(text))


def unsaid_sentences(tree: ast.AST) -> Iterator[str]:
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from (text for text in literals(tree, documentation) if SENTENCE.search(text) and not TYPED.match(text))


def literals(tree: ast.AST, known: frozenset[int] | set[int] = frozenset()) -> Iterator[str]:
    """Yield every text below *tree* but those that are said, logged, or for operators."""
    if isinstance(tree, ast.Call) and (name_of(tree) in FOR_OPERATORS or is_logged(tree)):
        return
    if isinstance(tree, ast.Call) and name_of(tree) in SAYING:
        for given in (*tree.args[2 if name_of(tree) == "plural" else 1 :], *tree.keywords):
            yield from literals(given, known)
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str) and id(tree) not in known:
        yield tree.value
    for child in ast.iter_child_nodes(tree):
        yield from literals(child, known)


def is_logged(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "log"
    )
