"""The directions of imports and the doors of foreign libraries, as the architecture draws them."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "segmentation": set(),
    "telemetry": set(),
    "overlay": {"segmentation", "telemetry"},
    "sessions": {"overlay", "segmentation", "telemetry"},
}
DOORS = {
    # Posts need what a plain render does not: the muxer's traps, packets probed, fields woven, sound metered and encoded, and alpha.
    "av": {
        "overlay/clip.py",
        "overlay/decoding.py",
        "overlay/frame.py",
        "overlay/planes.py",
        "overlay/waveform.py",
        "overlay/sink.py",
        "overlay/encoder.py",
        "overlay/rivals.py",  # what we are measured against shares no code with us
        "overlay/export/mp4.py",
        "overlay/export/alpha.py",
        "overlay/export/probe.py",
        "overlay/export/loudness.py",
        "overlay/export/progressive.py",
        "overlay/export/soundtrack.py",
    },
    "torch": {
        "segmentation/network.py",
        "segmentation/training.py",
        "segmentation/objective.py",
        "segmentation/lite0.py",
        "segmentation/fcn.py",
        "segmentation/fcn_learner.py",
        "segmentation/onnx_export.py",
        "segmentation/onnx_start.py",
        "segmentation/torch_file.py",
    },
    "torchvision": {"segmentation/fcn.py"},
    "onnxruntime": {"segmentation/engine.py", "segmentation/onnx_export.py"},
    "onnx": {"segmentation/onnx_export.py", "segmentation/onnx_folding.py", "segmentation/onnx_start.py"},
    "pycocotools": {"segmentation/coco.py"},
    "fastf1": {"telemetry/race.py", "telemetry/fastf1_tables.py"},
    "pandas": {"telemetry/race.py"},
    "requests": {"telemetry/openf1_client.py", "telemetry/race.py", "telemetry/fastf1_tables.py"},
    "moviepy": {"overlay/export/edit.py", "overlay/rivals.py"},
    "PIL": {"overlay/export/cards.py", "overlay/export/teaser.py"},
    "opentimelineio": {"overlay/export/editors/timeline.py"},
    "rapidocr": {"overlay/sight/letters.py"},
    "skia": {"overlay/drawing.py"},
    "nicegui": {"sessions/studio/"},
    "dask": {"sessions/batch.py"},
    "distributed": {"sessions/batch.py"},
    "tomlkit": {"sessions/session_file.py"},
}
FILES = [path.relative_to(ROOT).as_posix() for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imported(source: str) -> set[str]:
    """Return the top-level names that a file imports, wherever in it the import stands."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("file", FILES)
def test_imports_run_in_one_direction_and_through_the_doors(file: str) -> None:
    package = file.split("/")[0]
    names = imported((ROOT / file).read_text())
    ours = names & set(MAY_IMPORT)
    assert ours <= MAY_IMPORT[package] | {package}, f"{file} imports {ours - MAY_IMPORT[package] - {package}}"
    for library, doors in DOORS.items():
        if library in names:
            assert any(file == door or (door.endswith("/") and file.startswith(door)) for door in doors), (
                f"{file} imports {library}; its door is {', '.join(sorted(doors))}"
            )


def test_there_are_files_to_hold_to_the_rules() -> None:
    assert len(FILES) > len(MAY_IMPORT)
