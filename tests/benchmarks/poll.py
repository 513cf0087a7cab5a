"""CPU, time and memory of polling, beside `reader` and a bare socket in the same run: `./run bench poll [FEEDS...]`.

`--tls`, `--slow 0.02` and `--broken 0.02` make the farm so (_farm.py); then nothing is required of the ratios.
"""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from tests.benchmarks._farm import FAIR, Weather, farm_in, read_weather
from tests.benchmarks._session import Watch

#: The size of a public list of personal blogs.
MANY = 36_515
FEW = 1000
Lines = dict[str, dict[str, Any]]


def run(subject: str, feeds: int, weather: Weather = FAIR) -> Lines:
    """Measure one subject against a farm of its own."""
    lines: Lines = {}
    with farm_in(weather) as place, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks._subjects", subject, place.base, str(feeds), folder]
        with (
            subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
                env=os.environ | place.trust | {"BROKEN": str(weather.broken)},
            ) as process,
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
        more = ""
        if "blocked_ms" in line:
            more = f"  loop blocked {line['blocked_ms']:.0f} ms, by its own CPU {line['busy_ms']:.0f} ms"
        print(
            f"{name:8} {line['feeds']:6} feeds  {phase:12} {line['cpu_ms']:7.3f} ms CPU a poll  "
            f"{line['feeds'] / line['wall']:6.0f} polls/s  peak {line['peak_mib']:4} MiB{more}{ratio}"
        )


def grow(feeds: int) -> bool:
    """Whether many feeds, nearly all polled before, cost no more each than few do, and fit."""
    few, many = run("grown", FEW), run("grown", feeds)
    show("few", few)
    show("many", many)
    growth = many["unchanged"]["cpu_ms"] / few["unchanged"]["cpu_ms"]
    peak = max(line["peak_mib"] for line in many.values())
    print(f"CPU per unchanged poll against {FEW} feeds: {growth:.2f}x; peak memory {peak} MiB")
    return bool(growth <= 1.2 and peak <= 250)


def main(arguments: list[str]) -> int:
    """Print the tables; 0 where every ratio is reached."""
    reached = True
    weather, sizes = read_weather(arguments)
    for feeds in [int(size) for size in sizes] or [1000, 2000]:
        if feeds > 5000:
            reached = grow(feeds) and reached
            continue
        mine = run("ours", feeds, weather)
        theirs = run("reader", feeds, weather)
        if weather == FAIR:
            show("floor", run("floor", feeds))
        show("reader", theirs)
        show("ours", mine, theirs)
        least = {"unchanged": 5, "5% changed": 6, "all changed": 10}
        reached = reached and (
            weather != FAIR or all(theirs[p]["cpu_ms"] >= n * mine[p]["cpu_ms"] for p, n in least.items())
        )
    return 0 if reached else 1
