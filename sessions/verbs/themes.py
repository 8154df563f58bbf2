"""`slipstream themes`: the looks that there are, and all of them on one sheet."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "theme", nargs="*", metavar="THEME", help="names of themes, or theme files; all shipped ones when left out"
    )
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draw them over light, dark and busy pictures (PNG or JPEG)")
    parser.add_argument("--force", action="store_true", help="replace a sheet that exists")


def run(arguments: argparse.Namespace) -> int:
    """List the themes, or draw them."""
    from overlay import theme as themes
    from sessions.outputs import refuse_existing, refuse_other_than_picture, write_png

    chosen = [themes.load(name) for name in arguments.theme or themes.shipped()]
    if arguments.sheet is None:
        for theme in chosen:
            print(f"{theme.name:<12}{', '.join(theme.data.fields)}; {theme.summary}")
            print("".join(f"  warning: {line}\n" for line in theme.unreadable()), end="")
        return 0
    refuse_existing(arguments.sheet, force=arguments.force)
    refuse_other_than_picture(arguments.sheet)
    from overlay.sheet import sheet

    write_png(arguments.sheet, sheet(chosen))
    print(f"{arguments.sheet}: {', '.join(theme.name for theme in chosen)} over light, dark and busy pictures")
    return 0
