"""The soak sees a request that is made too early."""

from pathlib import Path

from bot.domain.model import Channel
from tests.clock import FakeClock
from tests.fakes.chat import FakeChat
from tests.posts import announcement, message
from tests.seeds import NLP, RUST
from tests.soak.watched import Watched


async def too_early(folder: Path, scope: str, then: Channel) -> bool:
    chat = FakeChat(FakeClock(), wait_scope=scope)  # type: ignore[arg-type]
    watched = Watched(chat, folder / scope)
    chat.ask_to_wait(60)
    await watched.send(message(NLP, announcement()))
    await watched.send(message(then, announcement()))
    return (folder / scope).exists()


async def test_a_request_inside_a_wait_is_written_down(tmp_path: Path) -> None:
    assert not await too_early(tmp_path, "channel", RUST)
    assert await too_early(tmp_path, "channel", NLP)
    assert await too_early(tmp_path, "workspace", RUST)
