"""`slipstream train`: teaches a network from labelled pictures, CVAT exports among them."""

import argparse
from pathlib import Path

from sessions.numbers import number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("data", nargs="*", type=Path, metavar="DATA", help="folders of labelled pictures, CVAT exports unpacked")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="where weights, log and plots go")
    parser.add_argument("--model", choices=("lite0", "fcn_resnet101"), help="ours, as when left out, or the one this began with")
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help="data and settings from a file instead, as our weights were made"
    )
    parser.add_argument("--root", type=Path, action="append", default=[], metavar="DIR", help="where a recipe's folders lie")
    parser.add_argument("--hold-out", nargs="+", metavar="SEQUENCE", help="sequences to judge by; about a seventh when left out")
    parser.add_argument("--epochs", type=int, metavar="N", help="20 when left out")
    parser.add_argument("--steps", type=int, metavar="N", help="steps an epoch (lite0)")
    parser.add_argument("--batch", type=int, metavar="N", help="pictures a step")
    parser.add_argument("--learning-rate", type=number, metavar="RATE", help="the highest")
    parser.add_argument("--size", metavar="WxH", help="resize pictures (fcn_resnet101)")
    parser.add_argument("--seed", type=int, metavar="N", help="of everything random; 1 when left out")
    parser.add_argument("--start", type=Path, metavar="FILE", help="weights to begin from, .onnx or .pt")
    parser.add_argument("--random-start", action="store_true", help="begin without pretrained weights (fcn_resnet101)")
    parser.add_argument("--resume", action="store_true", help="go on where this folder's training stopped; --epochs may differ")
    parser.add_argument("--car-label", action="append", default=[], metavar="NAME", help="CVAT label that means another car")
    parser.add_argument("--own-label", action="append", default=[], metavar="NAME", help="CVAT label that means the own car")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Train, and say what came of it; exit code 2 when pictures had to be left out."""
    from sessions import training_job
    from sessions.errors import EXIT_OK, EXIT_USER
    from sessions.heap import keep_blocks

    keep_blocks()
    problems = training_job.run(training_job.wanted(arguments))
    return EXIT_USER if problems else EXIT_OK
