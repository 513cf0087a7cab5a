"""Run one benchmark by its name: `python -m tests.benchmarks topics`."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import tests.benchmarks

NAMES = sorted(module.name for module in iter_modules(tests.benchmarks.__path__) if not module.name.startswith("_"))


def main(arguments: list[str]) -> int:
    """Return what the benchmark returns: nought where it reached what it must."""
    name, *rest = arguments or [""]
    if name not in NAMES:
        print(f"usage: ./run bench NAME, where NAME is one of: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    found: int = import_module(f"tests.benchmarks.{name}").main(rest)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
