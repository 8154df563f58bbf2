import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import opentimelineio as otio
import pytest

from overlay import timecode
from overlay.errors import OverlayError
from overlay.export.editors import after_effects, data, markers, ograf, subtitles
from overlay.export.editors.sheet import Sheet, Sighting
from overlay.export.editors.timeline import as_otio
from overlay.export.editors.writing import FORMATS, choose, write

RATE = Fraction(50)


def sighting(frame: int, driver: str = "ZEN", **more: object) -> Sighting:
    x = 100.0 + 2 * frame
    values = {"position": 2, "lap": 3, "speed_kmh": 250.0 + frame / 10, "gap_s": 1.0 - frame / 1000, **more}
    return Sighting(frame, frame / 50, driver, (x, 200.0, x + 80, 240.0), **values)  # type: ignore[arg-type]


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    seen = [*(sighting(frame) for frame in range(100)), *(sighting(frame) for frame in range(200, 250))]
    seen += [sighting(frame, "VAN", position=3, speed_kmh=None, gap_s=None, estimated=True) for frame in range(120, 180)]
    seen.sort(key=lambda entry: entry.video_time_s)
    return Sheet(tmp_path / "my clip.mp4", (1280, 720), RATE, 6.0, "Alta & <GP>", tuple(seen))


def test_a_break_ends_a_stretch_and_a_driver_has_one_for_each(sheet: Sheet) -> None:
    found = [(stretch.driver, stretch.start_s, stretch.end_s) for stretch in sheet.stretches()]
    assert found == [("ZEN", 0.0, 1.98), ("VAN", 2.4, 3.58), ("ZEN", 4.0, 4.98)]
    assert sheet.stretches()[0].note == "closest 0.90 s, 250–260 km/h"


def test_csv_and_json_say_the_same_and_leave_the_unknown_out(sheet: Sheet) -> None:
    rows = list(csv.DictReader(io.StringIO(data.as_csv(sheet))))
    entries = json.loads(data.as_json(sheet))["cars"]
    assert len(rows) == len(entries) == 210
    unknown = next(row for row in rows if row["driver"] == "VAN")
    assert unknown["speed_kmh"] == ""
    assert next(entry for entry in entries if entry["driver"] == "VAN")["speed_kmh"] is None
    assert [float(row["x1"]) for row in rows] == [entry["x1"] for entry in entries]
    assert rows[1]["video_time_s"] == "0.020000"


def test_otio_reads_itself_back_with_every_marker_and_box(sheet: Sheet) -> None:
    timeline = otio.adapters.read_from_string(as_otio(sheet), "otio_json")
    (clip,) = timeline.find_clips()
    assert clip.media_reference.target_url.endswith("my%20clip.mp4")
    assert clip.duration() == otio.opentime.RationalTime(300, 50)
    assert [marker.marked_range.start_time.value for marker in clip.markers] == [0, 120, 200]
    assert clip.markers[0].name == "P2 ZEN 250 km/h 1.0 s"
    assert len(clip.markers[0].metadata["slipstream"]["boxes_px"]) == 100


def test_fcpxml_is_well_formed_with_rational_times_on_frames(sheet: Sheet) -> None:
    root = ET.fromstring(markers.as_fcpxml(sheet))  # noqa: S314  # we wrote it
    assert root.find("resources/format").get("frameDuration") == "1/50s"  # type: ignore[union-attr]
    assert [marker.get("start") for marker in root.iter("marker")] == ["0s", "12/5s", "4s"]
    for element in root.iter():
        for name in ("start", "duration", "offset", "frameDuration"):
            if (text := element.get(name)) is not None:
                assert (Fraction(text.removesuffix("s")) * RATE).denominator == 1
    assert root.find("resources/asset/media-rep") is not None


def test_fcpxml_promises_as_much_sound_as_the_clip_has(sheet: Sheet) -> None:
    for channels in (0, 1, 2, 6):
        root = ET.fromstring(markers.as_fcpxml(replace(sheet, sound_channels=channels)))  # noqa: S314
        (asset,) = root.iter("asset")
        assert asset.get("hasAudio") == ("1" if channels else None)
        assert asset.get("audioChannels") == (str(channels) if channels else None)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)])
def test_fcpxml_and_edl_stay_on_frames_at_broadcast_rates(sheet: Sheet, rate: Fraction) -> None:
    other = Sheet(sheet.clip, sheet.size, rate, sheet.duration_s, sheet.title, sheet.sightings)
    for marker in ET.fromstring(markers.as_fcpxml(other)).iter("marker"):  # noqa: S314
        assert (Fraction(marker.get("start", "").removesuffix("s")) * rate).denominator == 1
    assert len(re.findall(r"\|D:\d+", markers.as_edl(other))) == 3


@pytest.mark.parametrize(
    ("rate", "said", "frames", "count"),
    [
        (Fraction(25), "10:58:59:20", 988_495, "NDF"),
        (Fraction(30000, 1001), "10:59:59;28", 1_186_810, "DF"),
        (Fraction(60000, 1001), "00:10:00;00", 35_964, "DF"),
        (Fraction(30000, 1001), "01:00:00:00", 108_000, "NDF"),
    ],
)
def test_editors_find_the_clip_by_its_timecode(sheet: Sheet, rate: Fraction, said: str, frames: int, count: str) -> None:
    begins = timecode.read(said, rate)
    assert begins is not None
    named = replace(sheet, rate=rate, timecode=begins)
    root, plain = (ET.fromstring(markers.as_fcpxml(one)) for one in (named, replace(named, timecode=timecode.MIDNIGHT)))  # noqa: S314
    clip, (asset,), (sequence,) = root.find(".//asset-clip"), root.iter("asset"), root.iter("sequence")
    assert clip is not None
    assert asset.get("start") == clip.get("start")
    assert Fraction(asset.get("start", "").removesuffix("s")) == frames / rate
    assert (clip.get("offset"), clip.get("tcFormat"), sequence.get("tcFormat")) == ("0s", count, count)
    starts, unnamed = (
        [Fraction(marker.get("start", "").removesuffix("s")) for marker in one.iter("marker")] for one in (root, plain)
    )
    assert [at_s - frames / rate for at_s in starts] == unnamed
    (shot,) = otio.adapters.read_from_string(as_otio(named), "otio_json").find_clips()
    at = shot.media_reference.available_range.start_time
    assert at.value == frames
    assert shot.source_range == shot.available_range()
    assert at.to_timecode(float(rate), drop_frame=begins.drops) == said, "as the library counts"
    markers_at = [marker.marked_range.start_time for marker in shot.markers]
    assert [(one - at).value for one in markers_at] == [round(start_s * rate) for start_s in unnamed]


def test_edl_markers_stand_in_the_first_hour_at_the_right_frame(sheet: Sheet) -> None:
    text = markers.as_edl(sheet)
    assert "002  001      V     C        01:00:02:20 01:00:02:21 01:00:02:20 01:00:02:21" in text
    assert "|M:P3 VAN |D:59" in text
    assert timecode.written(3600 * 50 + 61 * 50 + 7, 50) == "01:01:01:07"


def test_after_effects_gets_position_and_scale_a_frame(sheet: Sheet) -> None:
    text = after_effects.as_keyframes(sheet, "ZEN")
    assert text.startswith("Adobe After Effects 8.0 Keyframe Data\n")
    assert text.rstrip().endswith("End of Keyframe Data")
    assert "\tUnits Per Second\t50\n" in text
    position = text.split("Transform\tPosition")[1].split("Transform\tScale")[0]
    assert "\t99\t338.000\t200.000\t0\t" in position
    assert len(re.findall(r"^\t\d+\t", position, re.MULTILINE)) == 150


def test_ass_words_ride_above_the_car_without_a_gap(sheet: Sheet) -> None:
    lines = [line for line in subtitles.as_ass(sheet).splitlines() if line.startswith("Dialogue") and ",ZEN," in line]
    assert "PlayResX: 1280" in subtitles.as_ass(sheet)
    first, second = lines[:2]
    assert r"\move(140.0,186.0,160.0,186.0)" in first
    assert first.split(",")[2] == second.split(",")[1] == "0:00:00.20"
    assert len({line.rsplit("}", 1)[1] for line in lines}) <= 5, "words stand for a second"


def test_srt_cues_are_numbered_in_order_with_places(sheet: Sheet) -> None:
    cues = subtitles.as_srt(sheet).split("\n\n")
    assert cues[0] == "1\n00:00:00,000 --> 00:00:01,000  X1:100 X2:180 Y1:200 Y2:240\nP2 ZEN 250 km/h 1.0 s"
    assert [int(cue.split("\n")[0]) for cue in cues] == list(range(1, len(cues) + 1))
    assert "X1" not in subtitles.as_srt(sheet, placed=False)


@pytest.mark.parametrize("kind", ["ass", "srt"])
def test_ffmpeg_reads_our_subtitles(sheet: Sheet, tmp_path: Path, kind: str) -> None:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    (file,) = write(sheet, tmp_path, "clip", (kind,))
    command = ["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets", "-of", "csv=p=0"]
    said = subprocess.run([*command, str(file)], capture_output=True, text=True, check=True)
    name, count = said.stdout.strip().split(",")
    assert name in ("ass", "subrip")
    assert int(count) >= 4
    assert said.stderr == ""


def test_the_ograf_folder_names_its_files_and_holds_every_car(sheet: Sheet) -> None:
    folder = ograf.as_files(sheet)
    manifest = json.loads(folder["slipstream.ograf.json"])
    assert manifest["main"] in folder
    assert {"$schema", "id", "name", "main", "supportsRealTime", "supportsNonRealTime"} <= set(manifest)
    cars = json.loads(folder["cars.mjs"].removeprefix("export default ").rstrip().removesuffix(";"))["cars"]
    assert {driver: len(rows) for driver, rows in cars.items()} == {"ZEN": 150, "VAN": 60}


def test_the_ograf_graphic_follows_the_car(sheet: Sheet, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    write(sheet, tmp_path, "clip", ("ograf",))
    script = tmp_path / "clip.ograf" / "try.mjs"
    script.write_text("""
class Element { style = {}; children = []; isConnected = true; clientWidth = 640; clientHeight = 360;
  appendChild(child) { this.children.push(child); } replaceChildren() { this.children = []; } }
globalThis.HTMLElement = Element;
globalThis.document = { createElement: () => new Element() };
const Graphic = (await import("./graphic.mjs")).default;
const graphic = new Graphic();
await graphic.load({ renderType: "non-realtime" });
await graphic.setActionsSchedule({ schedule: [{ timestamp: 1000, action: { type: "playAction", params: {} } }] });
const said = [];
for (const timestamp of [500, 2000, 1010, 9000]) {
  await graphic.goToTime({ timestamp });
  const tag = graphic.children[0];
  said.push([tag.style.opacity, tag.style.transform ?? "", tag.textContent ?? ""]);
}
console.log(JSON.stringify(said));
""")
    said = json.loads(subprocess.run(["node", script], capture_output=True, text=True, check=True).stdout)
    assert [entry[0] for entry in said] == ["0", "1", "1", "0"]
    assert said[1][1].startswith("translate(120px, 100px)"), "at 1 s the middle is at x 240 of 1280, 120 of 640"
    assert said[2][1].startswith("translate(70.5px"), "halfway between two frames"
    assert said[1][2] == "P2 ZEN 255 km/h 0.9 s"


def test_a_clip_whose_clock_begins_later_has_its_cars_where_editors_and_players_count_them(sheet: Sheet) -> None:
    seen = tuple(replace(entry, video_time_s=entry.video_time_s + 700.48) for entry in sheet.sightings)
    late = replace(sheet, sightings=seen, start_s=700.48, plays_from_s=700.48)
    for made in (markers.as_edl, markers.as_fcpxml, as_otio, subtitles.as_ass, subtitles.as_srt, ograf.as_files):
        assert made(late) == made(sheet)
    assert after_effects.as_keyframes(late, "ZEN") == after_effects.as_keyframes(sheet, "ZEN")
    assert data.as_csv(late) != data.as_csv(sheet), "the table says the clip's own times, as `track` and `timeline` do"


def test_all_formats_are_written_and_an_unknown_one_is_told_the_known(sheet: Sheet, tmp_path: Path) -> None:
    paths = write(sheet, tmp_path / "out", "clip", choose("all"))
    assert len(paths) == len(FORMATS) + 1 + 2, "two drivers for After Effects, three files for OGraf"
    assert all(path.stat().st_size for path in paths)
    assert not list((tmp_path / "out").rglob("*.part"))
    with pytest.raises(OverlayError, match="no format 'avid' for editors; known are csv, json, otio"):
        choose("csv,avid")


def test_an_empty_sheet_still_writes_valid_files(tmp_path: Path) -> None:
    empty = Sheet(tmp_path / "a.mp4", (64, 36), RATE, 1.0, "Nobody", ())
    paths = write(empty, tmp_path, "a", choose("all"))
    assert {path.suffix for path in paths} >= {".csv", ".otio", ".fcpxml", ".edl", ".ass", ".srt", ".mjs"}


def test_a_folder_that_cannot_be_written_is_named(sheet: Sheet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OverlayError, match=r"cannot write .*battle\.csv"):
        write(sheet, tmp_path / "file", "battle", ("csv",))
