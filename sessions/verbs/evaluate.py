"""`slipstream evaluate`: judges a network on labelled pictures or a simulated clip."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "sources", nargs="+", type=Path, metavar="DIR|CLIP", help="folders as for training, clips with their truth"
    )
    parser.add_argument("--model", choices=("lite0", "fcn_resnet101"), default="lite0", help="ours, or the one this began with")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights to judge; ours when left out")
    parser.add_argument(
        "--json", type=Path, nargs="?", const=Path("-"), metavar="FILE", help="the marks as JSON, printed or written there"
    )
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write the worst pictures side by side there, PNG or JPEG")
    parser.add_argument("--force", action="store_true", help="replace a sheet that exists")
    parser.add_argument("--car-label", action="append", default=[], metavar="NAME", help="CVAT label that means another car")
    parser.add_argument("--own-label", action="append", default=[], metavar="NAME", help="CVAT label that means the own car")


def run(arguments: argparse.Namespace) -> int:
    """Judge, print the marks, and write what was asked for; exit code 2 when pictures could not be read."""
    import json
    import sys

    from segmentation import contact_sheet
    from segmentation.evaluation import table
    from sessions import evaluation_job, finders
    from sessions.errors import EXIT_OK, EXIT_USER
    from sessions.outputs import (
        STANDARD_OUTPUT,
        refuse_existing,
        refuse_other_than_own_json,
        refuse_other_than_picture,
        write_png,
        write_text,
    )

    if arguments.json is not None:
        refuse_other_than_own_json(arguments.json, fields=("sequences", "left_out"))
    if arguments.sheet is not None:
        refuse_other_than_picture(arguments.sheet)
        refuse_existing(arguments.sheet, force=arguments.force)
    finder = finders.find(arguments.model, arguments.weights)
    result = evaluation_job.run(
        arguments.sources, finder, car_labels=tuple(arguments.car_label), own_labels=tuple(arguments.own_label)
    )
    marks = result.marks()
    text = json.dumps({"sequences": [one.to_json() for one in marks], "left_out": result.problems}, indent=1)
    if arguments.json != STANDARD_OUTPUT:
        print("\n".join(table(marks)))
    if arguments.json is not None:
        write_text(arguments.json, text)
    if arguments.sheet is not None and result.worst:
        write_png(arguments.sheet, contact_sheet.draw(result.worst))
    for line in (*result.notes, *(f"left out: {problem}" for problem in result.problems)):
        print(f"slipstream: {line}", file=sys.stderr)
    if result.problems:
        print(f"slipstream: {len(result.problems)} pictures or folders could not be judged", file=sys.stderr)
    return EXIT_USER if result.problems else EXIT_OK
