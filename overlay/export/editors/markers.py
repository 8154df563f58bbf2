"""Who was ahead when, as markers on an editor's timeline: EDL for Resolve and others, FCPXML for Final Cut Pro."""

from fractions import Fraction
from xml.etree import ElementTree as ET

from overlay.export.editors.sheet import Sheet
from overlay.timecode import written

FIRST_HOUR_S = 3600  # timelines of editors begin at 01:00:00:00
COLOURS = ("ResolveColorBlue", "ResolveColorGreen", "ResolveColorYellow", "ResolveColorRed", "ResolveColorPurple")


def as_edl(sheet: Sheet) -> str:
    """Return an EDL with a marker a stretch, counted without dropped frames; import it as timeline markers."""
    base = round(sheet.rate)
    colours = {driver: COLOURS[index % len(COLOURS)] for index, driver in enumerate(sheet.drivers())}
    lines = [f"TITLE: {sheet.title}", "FCM: NON-DROP FRAME", ""]
    for number, stretch in enumerate(sheet.stretches(), start=1):
        first = sheet.frame(stretch.start_s)
        lasts = max(round((stretch.end_s - stretch.start_s) * sheet.rate), 1)
        start, end = (written(FIRST_HOUR_S * base + frame, base) for frame in (first, first + 1))
        lines.append(f"{number:03d}  001      V     C        {start} {end} {start} {end}  ")
        lines.append(f"{stretch.note}")
        lines.append(f" |C:{colours[stretch.driver]} |M:{stretch.sightings[0].label} |D:{lasts}")
        lines.append("")
    return "\n".join(lines)


def as_fcpxml(sheet: Sheet) -> str:
    """Return an FCPXML 1.10 project: the clip on a timeline with a marker a stretch, both counted by the clip's own timecode."""
    frame = 1 / sheet.rate
    lasts = _time(sheet.frames * frame)
    begins = sheet.timecode.frames * frame
    count = "DF" if sheet.timecode.drops else "NDF"
    root = ET.Element("fcpxml", version="1.10")
    resources = ET.SubElement(root, "resources")
    ET.SubElement(
        resources,
        "format",
        id="r1",
        frameDuration=_time(frame),
        width=str(sheet.size[0]),
        height=str(sheet.size[1]),
        colorSpace="1-1-1 (Rec. 709)",
    )
    asset = ET.SubElement(
        resources,
        "asset",
        id="r2",
        name=sheet.clip.stem,
        start=_time(begins),
        duration=lasts,
        hasVideo="1",
        format="r1",
    )
    if sheet.sound_channels:
        asset.attrib.update(hasAudio="1", audioSources="1", audioChannels=str(sheet.sound_channels))
    ET.SubElement(asset, "media-rep", kind="original-media", src=sheet.clip.resolve().as_uri())
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name="Slipstream")
    sequence = ET.SubElement(
        ET.SubElement(event, "project", name=sheet.title), "sequence", format="r1", duration=lasts, tcStart="0s", tcFormat=count
    )
    clip = ET.SubElement(
        ET.SubElement(sequence, "spine"),
        "asset-clip",
        ref="r2",
        offset="0s",
        name=sheet.clip.stem,
        start=_time(begins),
        duration=lasts,
        format="r1",
        tcFormat=count,
    )
    for stretch in sheet.stretches():
        start = begins + sheet.frame(stretch.start_s) * frame
        length = max(round((stretch.end_s - stretch.start_s) * sheet.rate), 1) * frame
        label = stretch.sightings[0].label
        ET.SubElement(clip, "marker", start=_time(start), duration=_time(length), value=label, note=stretch.note)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _time(seconds: Fraction) -> str:
    return f"{seconds.numerator}s" if seconds.denominator == 1 else f"{seconds.numerator}/{seconds.denominator}s"
