"""Lets `python -m sessions` stand in for `slipstream`."""

import sys

from sessions.cli import main

sys.exit(main())
