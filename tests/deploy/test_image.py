"""The image: built, and run as people run it. Its base comes from where Docker gets it, what is in it from PyPI."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

import pytest

from bot.settings import PROJECT

pytestmark = pytest.mark.docker
PATIENCE = 60
#: Where nothing listens: the start waits for this database.
AWAY = "postgresql://tidings:secret@127.0.0.1:1/tidings"


def docker(*words: str) -> str:
    """Run a command of Docker; return what it printed, errors included. Fails where it fails."""
    ran = subprocess.run(
        [shutil.which("docker") or "docker", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    return ran.stdout.strip()


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    name = f"tidings-test:{uuid4().hex}"
    docker("build", "--quiet", "--tag", name, str(PROJECT))
    yield name
    docker("rmi", "--force", name)


@pytest.fixture
def volume() -> Iterator[str]:
    name = docker("volume", "create")
    yield name
    docker("volume", "rm", name)


@contextmanager
def started(*words: str) -> Iterator[str]:
    """Start a container with *words* after `docker run`; nothing of it stays."""
    container = docker("run", "--detach", "--health-interval", "1s", "--env", "LOAD_DEFAULT_PACK=false", *words)
    try:
        yield container
    finally:
        docker("rm", "--force", "--volumes", container)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def state_of(container: str) -> dict[str, object]:
    (found,) = json.loads(docker("inspect", container))
    state: dict[str, object] = found["State"]
    return {**state, "health": found["State"].get("Health", {}).get("Status")}


def answer_of(container: str, path: str) -> str:
    address = docker("port", container, "8080").splitlines()[0]
    with closing(urllib.request.urlopen(f"http://{address}{path}", timeout=PATIENCE)) as answer:
        return str(answer.read().decode())


def test_it_says_what_it_can_and_holds_the_program_alone(image: str) -> None:
    assert "migrate" in docker("run", "--rm", image, "--help")
    assert docker("run", "--rm", "--entrypoint", "id", image, "-un") == "tidings"
    held = docker("run", "--rm", "--entrypoint", "find", image, "/app", "-mindepth", "1", "-maxdepth", "1")
    assert set(held.split()) == {"/app/bot", "/app/config", "/app/data", "/app/requirements.txt"}
    assert docker("run", "--rm", "--entrypoint", "find", image, "/app", "-name", ".*") == ""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((), id="as it is"),
        pytest.param(("--user", "12345:12345"), id="as anybody"),
        pytest.param(("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"), id="shut in"),
        pytest.param(("--init", "--memory", "512m"), id="small, behind an init"),
    ],
)
def test_it_starts_is_healthy_and_stops_when_told(image: str, volume: str, words: tuple[str, ...]) -> None:
    with started("--volume", f"{volume}:/data", "--publish", "127.0.0.1::8080", *words, image) as container:
        until(lambda: state_of(container)["health"] == "healthy")
        assert answer_of(container, "/healthz") == "ok\n"
        assert json.loads(answer_of(container, "/readyz"))["ready"]

        docker("stop", container)

        # 137 is what Docker's own impatience leaves, after ten seconds.
        assert state_of(container)["ExitCode"] == 0
        assert "stopping" in docker("logs", container)


def test_another_port_is_a_healthy_one_too(image: str) -> None:
    with started("--env", "PORT=9000", image) as container:
        until(lambda: state_of(container)["health"] == "healthy")


def test_a_start_that_waits_for_its_database_stops_at_once(image: str) -> None:
    with started("--env", f"DATABASE_URL={AWAY}", image) as container:
        until(lambda: "waiting for the database" in docker("logs", container))

        docker("stop", container)

        assert state_of(container)["ExitCode"] == 128 + 15


def test_what_one_container_stored_the_next_one_knows(image: str, volume: str) -> None:
    kept = ("run", "--rm", "--volume", f"{volume}:/data", image)

    docker(*kept, "subscribe", "room:demo/general", "nlp")

    assert "nlp" in docker(*kept, "subscriptions")


def test_the_demo_opens_its_room_to_who_reads_its_token(image: str, volume: str) -> None:
    with started("--volume", f"{volume}:/data", "--publish", "127.0.0.1::8080", image, "demo") as container:
        until(lambda: state_of(container)["health"] == "healthy")

        assert "http://localhost:8080/, enter with " in docker("logs", container)
        assert "<h1" in answer_of(container, "/")
        # What a bot keeps in the volume is not for the demo.
        assert docker("exec", container, "ls", "/data") == ""
