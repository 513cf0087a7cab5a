"""What may hinder a start, in a process of its own."""

import os
import resource
import signal
import subprocess
import sys

import pytest

from bot.settings import PROJECT

PATIENCE = 60
WAITING = "from bot.cli.first_process import end_on_sigterm; end_on_sigterm({}); print(flush=True); input()"


@pytest.mark.parametrize(("process", "code"), [("1", 128 + signal.SIGTERM), ("", -signal.SIGTERM)])
def test_sigterm_ends_a_start_in_process_1_too(process: str, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITING.format(process)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as waiting:
        assert waiting.stdout is not None
        waiting.stdout.readline()
        waiting.terminate()

        assert waiting.wait(PATIENCE) == code


def no_file_may_grow() -> None:
    """Let no folder take a file, as in a container with a read-only root."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@pytest.mark.parametrize("command", ["run", "worker", "web", "demo"])
def test_without_a_folder_for_temporary_files_the_start_says_so(command: str) -> None:
    refused = subprocess.run(
        [sys.executable, "-B", "-m", "bot", command],
        cwd=PROJECT, env={"PATH": os.environ["PATH"]}, preexec_fn=no_file_may_grow,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert refused.returncode == 1
    assert refused.stderr.startswith("There is no folder for temporary files: let /tmp be written")
    assert refused.stderr.count("\n") == 1
