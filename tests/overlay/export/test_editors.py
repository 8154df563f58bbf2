"""What editors take over, read back by those who know the formats: their libraries, FFmpeg, and a browser's JavaScript."""

import csv
import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import av
import opentimelineio as otio
import pytest

from overlay.errors import OverlayError
from overlay.export.editors import after_effects, data, markers, subtitles, writing
from overlay.export.editors.sheet import Sheet, Sighting
from overlay.export.editors.timeline import as_otio

NTSC = Fraction(30000, 1001)


def box(index: int) -> tuple[float, float, float, float]:
    """A car that drives to the right, 60 px wide."""
    return (100.0 + 2 * index, 200.0, 160.0 + 2 * index, 240.0)


def sheet(*, rate: Fraction = Fraction(25), has_sound: bool = True) -> Sheet:
    """ZEN from frame 25 to 99 and, after more than a second without, from 150 to 199; SOL from 60 to 120."""

    def at(driver: str, index: int, gap_s: float) -> Sighting:
        return Sighting(index, float(index / rate), driver, box(index), position=4, lap=7, speed_kmh=250.0, gap_s=gap_s)

    seen = [at("ZEN", index, 1.5 - index / 200) for index in (*range(25, 100), *range(150, 200))]
    seen += [at("SOL", index, 2.0) for index in range(60, 121)]
    ordered = sorted(seen, key=lambda sighting: sighting.video_time_s)
    return Sheet(Path("clip & co.mp4"), (1280, 720), rate, float(250 / rate), "A <battle>", tuple(ordered), has_sound)


def fcpxml(made: Sheet) -> ET.Element:
    return ET.fromstring(markers.as_fcpxml(made))  # noqa: S314  # our own words


def test_opentimelineio_reads_the_markers_where_the_cars_are() -> None:
    timeline = otio.adapters.read_from_string(as_otio(sheet(rate=NTSC)), "otio_json")
    (clip,) = timeline.find_clips()
    spans = [
        (m.metadata["slipstream"]["driver"], m.marked_range.start_time.value, m.marked_range.duration.value) for m in clip.markers
    ]
    assert spans == [("ZEN", 25, 74), ("SOL", 60, 60), ("ZEN", 150, 49)]
    assert clip.markers[0].marked_range.start_time.rate == pytest.approx(29.97, abs=0.001)
    assert list(clip.markers[0].metadata["slipstream"]["boxes_px"][0]) == [25, *box(25)]
    assert clip.media_reference.target_url.endswith("/clip%20%26%20co.mp4")


def test_fcpxml_is_sound_and_every_time_lies_on_a_frame() -> None:
    root = fcpxml(sheet(rate=NTSC))
    assert (root.tag, root.get("version")) == ("fcpxml", "1.10")
    times = [
        element.get(name)
        for element in root.iter()
        for name in ("start", "duration", "offset", "frameDuration")
        if element.get(name)
    ]
    for time in times:
        number, _, base = str(time).removesuffix("s").partition("/")
        assert (Fraction(int(number), int(base or 1)) * NTSC).denominator == 1, time
    resources = {element.get("id") for element in root.iter() if element.get("id")}
    assert {element.get("ref") for element in root.iter("asset-clip")} <= resources
    assert [marker.get("note") for marker in root.iter("marker")][1] == "closest 2.00 s, 250–250 km/h"


def test_fcpxml_promises_sound_only_where_the_clip_has_it() -> None:
    loud, silent = (fcpxml(sheet(has_sound=flag)).find("resources/asset") for flag in (True, False))
    assert loud is not None
    assert silent is not None
    assert loud.get("hasAudio") == "1"
    assert silent.get("hasAudio") is None


def test_edl_markers_lie_at_the_frames_of_an_editor_that_begins_at_one_hour() -> None:
    lines = markers.as_edl(sheet()).splitlines()
    assert lines[0] == "TITLE: A <battle>"
    assert lines[3] == "001  001      V     C        01:00:01:00 01:00:01:01 01:00:01:00 01:00:01:01  "
    assert lines[5] == " |C:ResolveColorBlue |M:P4 ZEN 250 km/h 1.4 s |D:74"
    assert markers.timecode(3600 * 25 + 61 * 25 + 3, 25) == "01:01:01:03"


def test_after_effects_gets_a_key_a_frame_in_its_own_columns() -> None:
    lines = after_effects.as_keyframes(sheet(), "SOL").split("\n")
    assert lines[0] == "Adobe After Effects 8.0 Keyframe Data"
    first = lines.index("Transform\tPosition") + 2
    keys = [line.strip().split("\t") for line in lines[first : first + 61]]
    assert keys[0] == ["60", "250.000", "200.000", "0"]
    assert [int(key[0]) for key in keys] == list(range(60, 121))
    assert lines[-2] == "End of Keyframe Data"


def test_csv_and_json_say_the_same() -> None:
    rows = list(csv.DictReader(data.as_csv(sheet()).splitlines()))
    cars = json.loads(data.as_json(sheet()))["cars"]
    assert len(rows) == len(cars) == 75 + 50 + 61
    assert [float(rows[3][name]) for name in ("x1", "y1", "x2", "y2")] == [cars[3][name] for name in ("x1", "y1", "x2", "y2")]
    assert rows[0]["closing_kmh"] == ""
    assert cars[0]["closing_kmh"] is None


@pytest.mark.parametrize("name", ["ass", "srt"])
def test_ffmpeg_reads_the_subtitles_and_finds_them_in_their_place(tmp_path: Path, name: str) -> None:
    (path,) = writing.write(sheet(), tmp_path, "battle", (name,))
    with av.open(str(path)) as container:
        (stream,) = container.streams.subtitles
        assert stream.codec_context.name in ("ssa", "srt")
        cues = [packet for packet in container.demux(stream) if packet.size and packet.pts is not None]
    starts = [float(cue.pts * cue.time_base) for cue in cues if cue.pts is not None and cue.time_base]
    assert min(starts) == pytest.approx(1.0)
    assert all(1.0 <= at_s <= 8.0 for at_s in starts)
    text = bytes(cues[0]).decode()
    assert "P4 ZEN 250 km/h 1.4 s" in text


def test_moving_subtitles_begin_above_the_car() -> None:
    line = next(line for line in subtitles.as_ass(sheet()).splitlines() if line.startswith("Dialogue"))
    assert r"{\an2\move(180.0,186.0,190.0,186.0)}" in line, "above the middle of the box at frame 25, then at frame 30"


GRAPHIC_RUNS = """
globalThis.HTMLElement = class {{ style = {{}}; children = []; clientWidth = 640; clientHeight = 360; isConnected = true;
  appendChild(child) {{ this.children.push(child); }} replaceChildren() {{ this.children = []; }} }};
globalThis.document = {{ createElement: () => ({{ style: {{}} }}) }};
globalThis.customElements = {{ define() {{}} }};
const {{ default: Graphic }} = await import("{module}");
const graphic = new Graphic();
await graphic.load({{ renderType: "non-realtime", data: {{ offset_ms: 0 }} }});
await graphic.setActionsSchedule({{ schedule: [{{ timestamp: 500, action: {{ type: "playAction", params: {{}} }} }}] }});
const shown = [];
for (const timestamp of [0, 1540, 4900]) {{
  await graphic.goToTime({{ timestamp }});
  shown.push(graphic.children.map((tag) => [tag.style.opacity, tag.textContent ?? "", tag.style.transform ?? ""]));
}}
console.log(JSON.stringify(shown));
"""


def test_the_ograf_graphic_runs_and_puts_its_tags_on_the_cars(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    paths = writing.write(sheet(), tmp_path, "battle", ("ograf",))
    manifest = json.loads((tmp_path / "battle.ograf" / "slipstream.ograf.json").read_text())
    assert {path.name for path in paths} == {"slipstream.ograf.json", "graphic.mjs", "cars.mjs"}
    assert manifest["main"] == "graphic.mjs"
    run = tmp_path / "run.mjs"
    run.write_text(GRAPHIC_RUNS.format(module=(tmp_path / "battle.ograf" / "graphic.mjs").as_uri()))
    said = subprocess.run(["node", run], capture_output=True, check=True, text=True).stdout
    before, first, late = json.loads(said)
    assert [tag[0] for tag in before] == ["0", "0"], "nothing shows before it is played"
    # 1.54 s after the beginning is 1.04 s after playing: frame 26, at half the clip's size.
    zen, sol = first
    assert zen[0] == "1"
    assert zen[1] == "P4 ZEN 250 km/h 1.4 s"
    assert zen[2].startswith(f"translate({(box(26)[0] + 30) / 2:g}px, 100px)")
    assert sol[0] == "0"
    assert late[1][0] == "1"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OverlayError, match=r"cannot write .*battle\.csv"):
        writing.write(sheet(), tmp_path / "file", "battle", ("csv",))


def test_an_unknown_format_is_told_the_known() -> None:
    with pytest.raises(OverlayError, match="no format 'xls' for editors; known are csv, json, otio"):
        writing.choose("csv,xls")
