"""CPU, time and memory of polling, beside `reader` and a bare socket in the same run: `./run bench poll [FEEDS...]`."""

import json
import subprocess
import sys
import tempfile
from typing import Any

from tests.benchmarks._farm import farm
from tests.benchmarks._session import Watch

#: The size of a public list of personal blogs.
MANY = 36_515
Lines = dict[str, dict[str, Any]]


def run(subject: str, feeds: int) -> Lines:
    """Measure one subject against a farm of its own."""
    lines: Lines = {}
    with farm() as base, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks._subjects", subject, base, str(feeds), folder]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process,
            Watch(process.pid) as watch,
        ):
            assert process.stdout is not None
            for text in process.stdout:
                line = json.loads(text)
                lines[line["phase"]] = line | {"peak_mib": watch.peak()}
    return lines


def show(name: str, lines: Lines, beside: Lines | None = None) -> None:
    for phase, line in lines.items():
        ratio = f"  1/{beside[phase]['cpu_ms'] / line['cpu_ms']:.1f} of reader's" if beside and phase in beside else ""
        more = f"  loop blocked {line['blocked_ms']:.0f} ms" if "blocked_ms" in line else ""
        print(
            f"{name:8} {line['feeds']:6} feeds  {phase:12} {line['cpu_ms']:7.3f} ms CPU a poll  "
            f"{line['feeds'] / line['wall']:6.0f} polls/s  peak {line['peak_mib']:4} MiB{more}{ratio}"
        )


def main(arguments: list[str]) -> int:
    """Print the tables; 0 where every ratio is reached."""
    sizes = [int(size) for size in arguments] or [1000, 2000]
    reached = True
    small: Lines | None = None
    for feeds in sizes:
        mine = run("ours", feeds)
        small = small or mine
        if feeds > 5000:
            show("ours", mine)
            growth = mine["unchanged"]["cpu_ms"] / small["unchanged"]["cpu_ms"]
            print(f"CPU per unchanged poll against {small['unchanged']['feeds']} feeds: {growth:.2f}x")
            reached = reached and growth <= 1.2 and max(line["peak_mib"] for line in mine.values()) <= 250
            continue
        theirs = run("reader", feeds)
        show("floor", run("floor", feeds))
        show("reader", theirs)
        show("ours", mine, theirs)
        least = {"unchanged": 5, "5% changed": 6, "all changed": 10}
        reached = reached and all(theirs[p]["cpu_ms"] >= n * mine[p]["cpu_ms"] for p, n in least.items())
    return 0 if reached else 1
