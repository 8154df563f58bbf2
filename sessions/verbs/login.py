"""`slipstream login`: says how to sign in to Formula 1's data, and tries it."""

import argparse

HOW = """\
Formula 1's own data want an account with F1 TV Access or better. Slipstream never asks for a password; it reads
    F1_USERNAME   the account's e-mail address
    F1_PASSWORD   its password
from the environment, and FastF1 keeps the token it gets for them for some days.
Without an account: --source openf1 has sessions from 2023 on for free, and --recording FILE reads a live-timing recording."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--no-test", action="store_true", help="say how, and try nothing")


def run(arguments: argparse.Namespace) -> int:
    """Explain, then sign in; exit code 2 where that fails."""
    from telemetry import race

    print(HOW)
    if not arguments.no_test:
        print(f"signed in: {race.sign_in()}")
    return 0
