"""What editors take over, from the command line: lists of cars and markers, and the overlay alone."""

from fractions import Fraction
from pathlib import Path

import av

from sessions import cli
from sessions.errors import EXIT_USER
from tests.sessions.exporting import ffprobe


def test_editors_get_their_formats_and_the_overlay_alone(short: Path, tmp_path: Path) -> None:
    words = ["export", str(short), "-o", str(tmp_path), "--editors", "csv,otio,fcpxml", "--alpha", "qtrle", "--quiet"]
    assert cli.main(words) == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"short.{end}" for end in ("csv", "otio", "fcpxml", "qtrle.mov")}
    (stream,) = ffprobe("-show_streams", tmp_path / "short.qtrle.mov")["streams"]
    assert (stream["pix_fmt"], stream["nb_frames"], Fraction(stream["r_frame_rate"])) == ("argb", "50", 25)
    assert cli.main(words) == EXIT_USER, "what exists is not replaced without --force"
    keyframes = ["export", str(short), "-o", str(tmp_path / "ae"), "--editors", "ae", "--quiet"]
    assert [cli.main(keyframes), cli.main(keyframes)] == [0, EXIT_USER], "nor a file that is named after a driver"


def test_editors_find_the_car_of_a_streams_piece_in_its_first_frame(short: Path, tmp_path: Path) -> None:
    with av.open(str(short.with_name("onboard.mp4"))) as whole, av.open(str(tmp_path / "onboard.ts"), "w") as piece:
        targets = {stream.index: piece.add_stream_from_template(stream) for stream in whole.streams}
        for packet in whole.demux():
            if packet.dts is not None and packet.pts is not None and packet.time_base is not None:
                packet.dts, packet.pts = (round(stamp + 2 / packet.time_base) for stamp in (packet.dts, packet.pts))
                packet.stream = targets[packet.stream_index]
                piece.mux(packet)
    text = short.read_text().replace("onboard.mp4", "onboard.ts")
    (tmp_path / "short.toml").write_text(text.replace("offset_s = 160.15", "offset_s = 158.15"))
    words = ["export", str(tmp_path / "short.toml"), "-o", str(tmp_path / "p"), "--editors", "edl,csv", "--quiet"]
    assert cli.main(words) == 0
    first = (tmp_path / "p" / "short.csv").read_text().splitlines()[1].split(",")
    assert first[:2] == ["0", "2.000000"]
    assert "01:00:00:00 01:00:00:01" in (tmp_path / "p" / "short.edl").read_text()
