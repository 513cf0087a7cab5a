import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cli.conftest import Shell
from tests.fakes.feed_server import items, rss


class _Blog(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = rss(items(3), title="<antirez>") if self.path == "/feed" else b"<html>no feed here</html>"
        self.send_response(200 if self.path in {"/feed", "/page"} else 404)
        self.send_header("Content-Type", "application/rss+xml" if self.path == "/feed" else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Page(_Blog):
    """A site that has no feed anywhere."""

    def do_GET(self) -> None:
        if self.path == "/feed":
            self.path = "/nothing"
        super().do_GET()


@pytest.fixture
def blog() -> Iterator[str]:
    yield from serve(_Blog)


@pytest.fixture
def page() -> Iterator[str]:
    yield from serve(_Page)


def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Give the address of a site, in a thread: commands run event loops of their own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_fresh_database_is_made_and_empty(shell: Shell) -> None:
    assert shell.run("migrate").startswith("The database is up to date (schema ")
    assert (shell.folder / "tidings.db").is_file()
    assert shell.json("feeds", "list") == {"feeds": []}
    assert shell.json("posts") == {"posts": []}
    assert shell.json("subscriptions") == {"subscriptions": []}


def test_all_is_checked_and_the_next_setting_named(shell: Shell) -> None:
    assert "No chat is set. Set SLACK_BOT_TOKEN" in (said := shell.run("check"))
    assert "; the room works without." in said


def test_what_is_closed_is_not_said_to_work(shell: Shell) -> None:
    shell.set(HOST="0.0.0.0")
    assert "or ROOM_TOKEN to open the room" in (said := shell.run("check"))
    assert "works without" not in said

    shell.set(ROOM_ENABLED="false")
    assert shell.run("check").endswith("or DISCORD_TOKEN, to post there.\n")


def test_every_fault_is_reported_at_once_and_nothing_started(shell: Shell) -> None:
    config = shell.folder / "config"
    config.mkdir()
    (config / "bot.yaml").write_text("polling:\n  floor: soon\n")
    (config / "topics.yaml").write_text("topics:\n  nlp:\n    strong: [nlp]\n  nlp:\n    strong: [tokenizer]\n")
    (config / "feeds.yaml").write_text("packs:\n  - name: default\n    feeds: [{name: A, feed: x, site: y}]\n")
    shell.set(CONFIG_DIR=str(config), PORT="many")

    shell.run("check", code=2)

    assert [line.split(": ")[0] for line in shell.errors.splitlines()] == [
        "environment",
        "config/bot.yaml:2",
        "config/topics.yaml:4",
        "config/feeds.yaml:1",
        "config/feeds.yaml:2",
        "config/feeds.yaml:3",
    ]
    assert not (shell.folder / "tidings.db").exists()


def test_bad_settings_end_every_command_with_2(shell: Shell) -> None:
    shell.set(PORT="many")

    for words in (("run",), ("migrate",), ("feeds", "list"), ("status", "--json")):
        shell.run(*words, code=2)
        assert shell.errors == "environment: PORT must be a whole number, not 'many'.\n"


def test_a_token_of_the_wrong_kind_is_named_and_never_shown(shell: Shell) -> None:
    shell.set(SLACK_BOT_TOKEN="xapp-canary", SLACK_APP_TOKEN="xoxb-canary")

    shell.run("check", code=2)

    assert shell.errors.count("must start with") == 2
    assert "canary" not in shell.errors


def test_a_database_that_cannot_be_opened_is_a_sentence(shell: Shell) -> None:
    shell.set(DATABASE_URL="mysql://localhost/x")

    shell.run("check", code=2)

    assert shell.errors == "DATABASE_URL: must start with sqlite:/// or postgresql://\n"

    shell.set(DATABASE_URL="sqlite:////proc/tidings.db")

    shell.run("check", code=2)

    assert (
        shell.errors
        == f"DATABASE_URL: user {os.geteuid()} cannot use /proc/tidings.db: unable to open database file.\n"
    )


def test_feeds_are_added_polled_listed_and_removed(shell: Shell, blog: str) -> None:
    assert shell.run("feeds", "add", f"{blog}/feed") == f"Added <antirez> ({blog}/feed)\n"
    assert shell.run("feeds", "add", f"{blog}/feed").startswith("Known already: <antirez>")

    first = shell.json("poll", "--once")
    again = shell.json("poll", "--once", "--all")

    assert {name: first[name] for name in ("feeds", "changed", "failed", "new_posts")} == {
        "feeds": 1,
        "changed": 1,
        "failed": 0,
        "new_posts": 3,
    }
    assert (again["feeds"], again["unchanged"], again["new_posts"]) == (1, 1, 0)
    assert again["wall_seconds"] > 0
    (feed,) = shell.json("feeds", "list")["feeds"]
    assert (feed["title"], feed["posts"], feed["error"]) == ("<antirez>", 3, None)
    posts = shell.json("posts")["posts"]
    assert [post["blog"] for post in posts] == ["<antirez>"] * 3
    assert "<antirez>" in shell.run("posts")
    assert shell.json("status")["posts"] == 3
    assert shell.run("feeds", "remove", "<antirez>") == "Removed <antirez>.\n"
    assert shell.json("feeds", "list") == {"feeds": []}


def test_what_is_no_feed_is_a_sentence_and_nothing_is_stored(shell: Shell, page: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/feed"

        shell.run("feeds", "add", "ftp://a.example/feed", f"{page}/page", dead, code=1)

    assert len(shell.errors.splitlines()) == 3
    assert shell.json("feeds", "list") == {"feeds": []}


def test_what_cannot_be_read_is_said_in_the_words_of_the_chats(shell: Shell) -> None:
    assert shell.run("feeds", "status") == "Every blog could be read.\n"
    shell.run("feeds", "add", "--unchecked", "http://127.0.0.1:9/feed")

    shell.run("poll", "--once")

    said = shell.run("feeds", "status")
    assert said.startswith(
        "127.0.0.1 (http://127.0.0.1:9/feed): The server refused the connection or is not there. "
        "Just now; it is tried again in "
    )
    (feed,) = shell.json("feeds", "status")["feeds"]
    assert f"{feed['health']}\n" == said.removeprefix("127.0.0.1 (http://127.0.0.1:9/feed): ")


def test_packs_are_listed_and_added(shell: Shell) -> None:
    config = shell.folder / "config"
    config.mkdir()
    one = "{name: A, site: 'https://a.example/', feed: 'https://a.example/feed'}"
    packs = f"packs:\n  - name: default\n    about: All.\n    default: true\n    feeds: [{one}]\n"
    (config / "feeds.yaml").write_text(packs)
    shell.set(CONFIG_DIR=str(config))

    assert "All." in shell.run("feeds", "packs")
    assert "https://a.example/feed" in shell.run("feeds", "packs", "default")
    assert shell.run("feeds", "add", "--pack", "default") == "Added A (https://a.example/feed)\n"
    shell.run("feeds", "packs", "nonsense", code=1)
    assert "There is no pack nonsense. There is default." in shell.errors


def test_a_list_of_feeds_goes_in_and_out(shell: Shell) -> None:
    opml = shell.folder / "list.opml"
    opml.write_text(
        '<opml version="2.0"><body><outline text="A" xmlUrl="https://a.example/feed"/>'
        '<outline text="B" xmlUrl="https://b.example/feed"/><outline text="C" xmlUrl="ftp://c.example"/></body></opml>'
    )

    printed = shell.run("feeds", "import", str(opml))

    assert printed.splitlines()[-1] == "2 of 3 feeds of list.opml are in."
    assert "ftp://c.example" in shell.errors
    exported = shell.run("feeds", "export")
    assert 'xmlUrl="https://a.example/feed"' in exported
    opml.write_text(exported)
    assert "Known already: B" in shell.run("feeds", "import", str(opml))


def test_a_long_list_goes_in_by_pages_each_feed_once(shell: Shell) -> None:
    opml = shell.folder / "list.opml"
    outlines = "".join(f'<outline text="B{n}" xmlUrl="https://b{n % 1200}.example/feed"/>' for n in range(1300))
    opml.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')

    assert shell.run("feeds", "import", str(opml)).splitlines()[-1] == "1200 of 1200 feeds of list.opml are in."
    assert len(shell.json("feeds", "list")["feeds"]) == 1200


def test_what_is_no_address_is_not_added_unchecked_either(shell: Shell) -> None:
    shell.run("feeds", "add", "--unchecked", "ftp://a.example/feed", code=1)

    assert shell.errors == "ftp://a.example/feed: That is not a web address.\n"
    assert shell.json("feeds", "list") == {"feeds": []}


def test_channels_of_several_chats_are_subscribed_at_once(shell: Shell) -> None:
    said = shell.run("subscribe", "slack:T1/C1", "discord:7/8", "nlp", "strict")
    assert said.count("Following Natural language processing") == 2
    assert said.startswith("slack:T1/C1:\n")
    followed = shell.json("subscriptions")["subscriptions"]
    assert {one["channel"] for one in followed} == {"discord:7/8", "slack:T1/C1"}
    shell.run("unsubscribe", "slack:T1/C1", "discord:7/8", "nlp")
    assert shell.json("subscriptions") == {"subscriptions": []}


def test_channels_without_what_they_should_follow_are_refused(shell: Shell) -> None:
    assert "Say what after the channels" in shell.run("subscribe", "slack:T1/C1", "discord:7/8", code=1) + shell.errors


def test_a_channel_is_subscribed_by_an_operator(shell: Shell) -> None:
    assert shell.run("subscribe", "room:demo/nlp", "nlp", "strict").startswith("Following Natural language processing")
    (subscription,) = shell.json("subscriptions")["subscriptions"]
    assert (subscription["channel"], subscription["follows"], subscription["options"]) == (
        "room:demo/nlp",
        "nlp",
        ["strict"],
    )
    assert "room:demo/nlp" in shell.run("subscriptions")
    shell.run("unsubscribe", "room:demo/nlp", "nlp")
    assert shell.json("subscriptions") == {"subscriptions": []}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("subscribe", "room:demo/nlp", "knitting"), "There is no topic knitting."),
        (("subscribe", "nowhere", "nlp"), "nowhere is no channel. Write room:WORKSPACE/CHANNEL"),
        (("feeds", "remove", "nothing.example"), "nothing.example is not among them"),
    ],
)
def test_what_cannot_be_done_ends_with_1(shell: Shell, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in shell.run(*words, code=1) + shell.errors


def test_topics_are_listed(shell: Shell) -> None:
    topics = {topic["slug"]: topic for topic in shell.json("topics", "list")["topics"]}

    assert topics["nlp"]["parent"] == "ai"
    assert "Natural language processing" in shell.run("topics", "list")


def test_rows_are_matched_line_by_line_with_evidence(shell: Shell) -> None:
    rows = shell.folder / "rows.jsonl"
    about = {"title": "Training a tokenizer", "text": "A language model reads tokens.", "source": "x", "categories": []}
    rows.write_text(f"{json.dumps(about)}\n{json.dumps({'title': 'Knitting a scarf'})}\n", encoding="utf-8")

    first, second = map(json.loads, shell.run("topics", "match", "--jsonl", str(rows)).splitlines())

    assert "nlp" in [topic["slug"] for topic in first["topics"]]
    assert {"term", "where", "points"} == set(first["topics"][0]["evidence"][0])
    assert second == {"topics": []}


def test_a_line_that_is_no_row_is_named(shell: Shell) -> None:
    rows = shell.folder / "rows.jsonl"
    rows.write_text("{}\n\n[1]\n", encoding="utf-8")

    shell.run("topics", "match", "--jsonl", str(rows), code=1)

    assert shell.errors == f"{rows}:3: This line is not a JSON object.\n"


def test_polling_for_ever_is_the_bot_s_work(shell: Shell) -> None:
    shell.run("poll", code=2)

    assert "--once" in shell.errors
