import pytest

from tests.clock import FakeClock
from tests.contracts.chat import RemoteChatContract
from tests.fakes.chat import FakeChat


class TestFakeChat(RemoteChatContract):
    @pytest.fixture
    def chat(self, clock: FakeClock) -> FakeChat:
        return FakeChat(clock)

    @pytest.fixture
    def place(self, chat: FakeChat) -> FakeChat:
        return chat
