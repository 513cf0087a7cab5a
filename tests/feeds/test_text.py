"""HTML to text, titles and links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.text import plain_text, plain_title, safe_url


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello <b>wor</b>ld</p><p>Second<br>line</p>", "Hello world\nSecond\nline"),
        (
            "hello<script>x()</script><style>p{}</style><iframe src=x></iframe> <svg><text>no</text></svg>world",
            "hello world",
        ),
        ("x < y and vector<int> in C++", "x < y and vector<int> in C++"),
        ("<p>vector<int> and <antirez></p>", "vector<int> and <antirez>"),
        ("<pre><code>List&lt;int&gt; `a`\nnext</code></pre>", "List<int> `a`\nnext"),
        ("plain &amp; simple", "plain & simple"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("a\u202eb\u2066c\x00d\u200be", "abcde"),
        ("<img src=x onerror=alert(1)>text", "text"),
        ("", ""),
    ],
)
def test_text_of_markup(markup: str, text: str) -> None:
    assert text == plain_text(markup, 3000)


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<b>Bold</b> & <i>it</i>", "Bold & it"),
        ("x < y and vector<int> in C++", "x < y and vector<int> in C++"),
        ("<antirez>", "<antirez>"),
        ("How the <b> tag works", "How the <b> tag works"),
        ("Q&amp;A at AT&T", "Q&A at AT&T"),
        ("<!channel> <@U1> @everyone", "<!channel> <@U1> @everyone"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("{0.__class__} %s ${x} {{7*7}}", "{0.__class__} %s ${x} {{7*7}}"),
        ("\x1b[31mred\x1b[0m\r\nforged", "[31mred[0m forged"),
    ],
)
def test_a_title_keeps_what_is_text_and_loses_what_is_markup(markup: str, title: str) -> None:
    assert title == plain_title(markup)


def test_a_title_declared_as_text_is_taken_literally() -> None:
    assert plain_title("<b>Bold</b> &amp;", is_text=True) == "<b>Bold</b> &amp;"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://example.com/a?b=1&c=2#d", "https://example.com/a?b=1&c=2#d"),
        ("/post", "https://blog.example/post"),
        ("next", "https://blog.example/dir/next"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("https://example.com/a b|c>d)e]\n", "https://example.com/a%20b%7Cc%3Ed%29e]"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("mailto:a@b.example", None),
        ("http://", None),
        ("http://example.com:99999/", None),
        ("http://example.com\\@evil.example/", None),
        ("https://example.com/\u202egpj.exe", None),
        ("https://example.com/" + "a" * 3000, None),
        (None, None),
    ],
)
def test_only_a_web_address_that_breaks_no_link_is_kept(link: str | None, url: str | None) -> None:
    assert url == safe_url(link, "https://blog.example/dir/feed.xml")


@given(
    st.text(alphabet=st.characters(), max_size=400) | st.from_regex(r"(<[a-z/!?][^>]{0,9}>?|&#?x?\w{0,6};?|\w| ){0,60}")
)
def test_no_text_makes_the_text_step_raise_or_exceed_its_limit(markup: str) -> None:
    assert len(plain_text(markup, 50)) <= 50
    assert "\n" not in plain_title(markup)


@given(st.text(max_size=200))
def test_no_link_but_http_comes_out(link: str) -> None:
    url = safe_url(link, "https://blog.example/")

    assert url is None or (url.startswith(("http://", "https://")) and not set(url) & set(' <>|"`\n\t()\\'))
    assert url is None or safe_url(url) == url
