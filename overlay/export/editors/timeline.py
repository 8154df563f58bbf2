"""The sheet as an OpenTimelineIO timeline: the clip with a marker a stretch, and every box in the markers' metadata."""

import opentimelineio as otio

from overlay.export.editors.sheet import Sheet

COLOURS = ("BLUE", "GREEN", "YELLOW", "RED", "PURPLE")


def as_otio(sheet: Sheet) -> str:
    """Return the timeline as OTIO's own JSON; the clip and its markers are counted by its own timecode."""
    rate = float(sheet.rate)
    begins = sheet.timecode.frames
    whole = _span(begins, sheet.frames, rate)
    media = otio.schema.ExternalReference(target_url=sheet.clip.resolve().as_uri(), available_range=whole)
    clip = otio.schema.Clip(name=sheet.clip.stem, media_reference=media, source_range=whole)
    colours = {driver: COLOURS[index % len(COLOURS)] for index, driver in enumerate(sheet.drivers())}
    for stretch in sheet.stretches():
        first = begins + sheet.frame(stretch.start_s)
        lasts = max(round((stretch.end_s - stretch.start_s) * sheet.rate), 1)
        marker = otio.schema.Marker(
            name=stretch.sightings[0].label,
            marked_range=_span(first, lasts, rate),
            color=colours[stretch.driver],
            metadata={
                "slipstream": {
                    "driver": stretch.driver,
                    "note": stretch.note,
                    "boxes_px": [
                        [sighting.frame_index, *(round(value, 2) for value in sighting.xyxy)] for sighting in stretch.sightings
                    ],
                }
            },
        )
        clip.markers.append(marker)
    timeline = otio.schema.Timeline(name=sheet.title, global_start_time=otio.opentime.RationalTime(0, rate))
    track = otio.schema.Track(name="Onboard", kind=otio.schema.TrackKind.Video)
    track.append(clip)
    timeline.tracks.append(track)
    return str(otio.adapters.write_to_string(timeline, "otio_json"))


def _span(start: int, frames: int, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(frames, rate))
