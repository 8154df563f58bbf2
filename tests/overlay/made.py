"""Tags, samples and pictures for the tests of the overlay."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from overlay.casting import Cast
from overlay.placing import FAINT
from overlay.tag import Field, Tag
from segmentation.track import SteadyBox
from telemetry.race_record import Driver
from telemetry.sample import ABSENT, CarInSight, CarSample, Quality, Reading

OCO = Driver("OCO", 31, "Esteban Ocon", "Alpine", "2293D1")
PER = Driver("PER", 11, "Sergio Perez", "Cadillac", "444444")
DRIVERS = {driver.tla: driver for driver in (OCO, PER)}

Box = tuple[float, float, float, float]


def tag(box: Box, *, driver: Driver = OCO, track_id: int = 1, fields: tuple[Field, ...] = (), opacity: float = 1.0) -> Tag:
    """Return a tag on a box."""
    return Tag(track_id, driver, "7", driver.tla, fields, box, opacity, min(opacity / FAINT, 1.0))


def speed(value: int = 287) -> Field:
    """Return a plain speed."""
    return Field("speed", str(value), "km/h", "plain")


def reading(value: float | None, *, stale: bool = False) -> Reading:
    """Return a reading."""
    return ABSENT if value is None else Reading(value, Quality.STALE if stale else Quality.MEASURED)


def in_sight(
    driver: str = "OCO",
    *,
    speed_kmh: Reading = ABSENT,
    gap_m: float | None = 20.0,
    gap_s: float | None = 0.4,
    closing_kmh: float | None = None,
    drs_open: bool | None = None,
    compound: str | None = None,
    age: int | None = None,
    lap: int | None = None,
    position: int | None = 7,
) -> CarInSight:
    """Return a car as the timing sees it."""
    nothing = (ABSENT,) * 5
    car = CarSample(driver, position, lap, speed_kmh, *nothing, drs_open, compound, age, None, ABSENT, ABSENT, None, None)
    return CarInSight(car, reading(gap_m), reading(gap_s), reading(closing_kmh), ABSENT, 0)


def cast(car: CarInSight, box: Box = (600.0, 300.0, 700.0, 360.0), *, track_id: int = 1) -> Cast:
    """Return a followed car with a driver in it."""
    return Cast(SteadyBox(track_id, box, 1.0, True), car)


def video(
    path: Path,
    *,
    size_wh: tuple[int, int] = (320, 180),
    pixels: str = "yuv420p",
    pts: tuple[int, ...] = tuple(range(12)),
    time_base: Fraction = Fraction(1, 25),
    rate: Fraction = Fraction(25),
    shape: Fraction | None = None,
    turn: int = 0,
    flash: int = -1,
    options: dict[str, str] | None = None,
    trc: int | None = None,
    codec: str = "libx264",
    sound: str | None = None,
) -> Path:
    """Write a grey ramp that a frame, the one numbered `flash`, breaks with white; with silence where `sound` names a codec."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or {"preset": "ultrafast", "crf": "10"})
        stream.width, stream.height = size_wh
        stream.pix_fmt, stream.time_base = pixels, time_base
        stream.codec_context.time_base = time_base
        if shape is not None:
            stream.codec_context.sample_aspect_ratio = shape
        if trc is not None:
            stream.codec_context.color_trc = trc
        if turn:
            stream.set_display_rotation(turn)
        if sound is not None:
            heard = container.add_stream(sound, rate=48_000)
            if sound == "wmav2":  # it has no rate of its own
                heard.codec_context.bit_rate = 128_000
            kind = heard.codec_context.format.name if heard.codec_context.format else "fltp"
            for number in range(24):
                noise = np.random.default_rng(number).integers(-900, 900, (1, 1024)).astype(np.int16)
                part = av.AudioFrame.from_ndarray(noise, format="s16", layout="mono")
                part.sample_rate, part.pts = 48_000, number * 1024
                for ready in av.AudioResampler(format=kind, layout="mono", rate=48_000, frame_size=1024).resample(part):
                    ready.pts = number * 1024
                    container.mux(heard.encode(ready))
            container.mux(heard.encode(None))
        ramp = np.linspace(40, 160, size_wh[0])[None, :, None] * np.ones((size_wh[1], 1, 3))
        for number, at in enumerate(pts):
            rgb = np.full(ramp.shape, 250) if number == flash else ramp
            frame = av.VideoFrame.from_ndarray(rgb.astype(np.uint8), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = at, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def upright_rgb(path: Path) -> list[npt.NDArray[np.uint8]]:
    """Return every frame of a video, upright, as (h, w, 3) RGB."""
    from overlay.clip import Clip

    with Clip(path) as clip:
        return [frame.rgb(frame.size_wh) for frame in clip.frames()]
