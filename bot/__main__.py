"""`python -m bot`: the same as `tidings`, for places where the project is not installed (buildpacks)."""

from bot.cli import main

if __name__ == "__main__":
    main()
