"""`slipstream lint`: a video against what a platform takes."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from sessions.errors import EXIT_OK

if TYPE_CHECKING:
    from overlay.export.lint import Finding

EXIT_FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("video", type=Path, help="any video file")
    parser.add_argument(
        "--preset",
        action="append",
        required=True,
        metavar="NAME",
        help="reels, tiktok, shorts, x, …, all, or a .toml file",
    )
    parser.add_argument("--json", action="store_true", help="print every finding as JSON")
    parser.add_argument("--verbose", action="store_true", help="show what passes too")


def run(arguments: argparse.Namespace) -> int:
    """Check the video; 1 when anything fails."""
    from overlay.export.lint import lint, passes
    from overlay.export.presets import choose
    from overlay.export.probe import probe
    from overlay.export.report import safe_share

    presets = choose(arguments.preset)
    facts = probe(arguments.video)
    found = {preset.name: lint(facts, preset, safe_share=safe_share(arguments.video, preset)) for preset in presets}
    if arguments.json:
        entries = [
            {"preset": name, "check": finding.check, "wanted": finding.wanted, "got": finding.got, "passed": finding.passed}
            for name, findings in found.items()
            for finding in findings
        ]
        print(json.dumps({"video": str(arguments.video), "findings": entries}, indent=1, ensure_ascii=False))
    else:
        show(arguments.video, found, verbose=arguments.verbose)
    return EXIT_OK if all(passes(findings) for findings in found.values()) else EXIT_FAILED


def show(video: Path, found: "dict[str, tuple[Finding, ...]]", *, verbose: bool) -> None:
    """Print a table of what fails (of everything if verbose), or one line a preset when all is well."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    for name, findings in found.items():
        failed = [finding for finding in findings if finding.passed is False]
        if not failed:
            passed = sum(finding.passed is True for finding in findings)
            console.print(f"{video}: {name} passes {passed} checks", highlight=False, markup=False)
        if not failed and not verbose:
            continue
        table = Table(title=escape(f"{video.name} · {name}"), title_justify="left")
        for heading in ("check", "wanted", "got", ""):
            table.add_column(heading)
        for finding in findings if verbose else failed:
            mark = {True: "ok", False: "[bold red]fails[/]", None: "not known"}[finding.passed]
            table.add_row(finding.check, finding.wanted, finding.got, mark)
        console.print(table)
