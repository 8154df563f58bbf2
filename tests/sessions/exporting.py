"""Exports from the command line, and what other programs say of them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from sessions import cli


def export(session: Path, folder: Path, *more: str) -> int:
    """Run `slipstream export`, quietly, with the small preset."""
    words = ["export", str(session), "-o", str(folder), "--preset", str(session.with_name("small.toml")), "--quiet"]
    return cli.main([*words, *more])


def ffprobe(*arguments: str | Path) -> Any:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    return json.loads(
        subprocess.run(["ffprobe", "-v", "error", "-of", "json", *arguments], capture_output=True, check=True).stdout
    )


def first_picture(path: Path) -> np.ndarray:
    """The brightness of the first frame."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray()[: frame.height].astype(float)
