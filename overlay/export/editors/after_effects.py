"""A car's place as After Effects keyframe text: copied, it pastes onto a null or a layer as Position and Scale."""

from overlay.export.editors.sheet import Sheet


def as_keyframes(sheet: Sheet, driver: str) -> str:
    """Return the text for one driver: Position is the middle of the box's top edge, Scale its width against the widest, in %."""
    sightings = sheet.of(driver)
    widest = max((sighting.xyxy[2] - sighting.xyxy[0] for sighting in sightings), default=1.0)
    frames = [sheet.frame(sighting.video_time_s) for sighting in sightings]
    position = [
        f"\t{frame}\t{(sighting.xyxy[0] + sighting.xyxy[2]) / 2:.3f}\t{sighting.xyxy[1]:.3f}\t0\t"
        for frame, sighting in zip(frames, sightings, strict=True)
    ]
    scale = []
    for frame, sighting in zip(frames, sightings, strict=True):
        percent = 100 * (sighting.xyxy[2] - sighting.xyxy[0]) / widest
        scale.append(f"\t{frame}\t{percent:.3f}\t{percent:.3f}\t100\t")
    head = [
        "Adobe After Effects 8.0 Keyframe Data",
        "",
        f"\tUnits Per Second\t{float(sheet.rate):g}",
        f"\tSource Width\t{sheet.size[0]}",
        f"\tSource Height\t{sheet.size[1]}",
        "\tSource Pixel Aspect Ratio\t1",
        "\tComp Pixel Aspect Ratio\t1",
        "",
    ]
    body = ["Transform\tPosition", "\tFrame\tX pixels\tY pixels\tZ pixels\t", *position, ""]
    body += ["Transform\tScale", "\tFrame\tX percent\tY percent\tZ percent\t", *scale, ""]
    return "\n".join([*head, *body, "", "End of Keyframe Data", ""])
