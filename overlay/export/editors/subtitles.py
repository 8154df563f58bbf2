"""Subtitles placed at the car: ASS moves with it, SRT carries its place as coordinates, or plain captions."""

from overlay.export.editors.sheet import Sheet, held

MOVE_S = 0.2  # a player draws the way between two places; at a fifth of a second a corner still looks round
READ_S = 1.0  # a number that changes faster cannot be read
ABOVE = 0.35  # of the box's height, between the car and its words
FONT_OF_HEIGHT = 0.04

_ASS_HEAD = """[Script Info]
Title: {title}
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
ScaledBorderAndShadow: yes
WrapStyle: 2

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, \
ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Tag,Barlow Condensed,{size},&H00FFFFFF,&H00FFFFFF,&H00241A14,&H90000000,-1,0,0,0,100,100,1,0,1,{outline},0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def as_ass(sheet: Sheet) -> str:
    """Return an ASS script whose words ride above each car, in pixels of the clip."""
    width, height = sheet.size
    size = max(round(FONT_OF_HEIGHT * height), 8)
    lines = [_ASS_HEAD.format(title=_plain(sheet.title), width=width, height=height, size=size, outline=max(size // 14, 1))]
    for driver in sheet.drivers():
        words, said_s = "", float("-inf")
        for start_s, end_s, first, last in held(sheet.of(driver), MOVE_S):
            if start_s - said_s >= READ_S:
                words, said_s = first.label, start_s
            (x1, y1), (x2, y2) = _above(first.xyxy), _above(last.xyxy)
            place = rf"{{\an2\move({x1:.1f},{y1:.1f},{x2:.1f},{y2:.1f})}}"
            span = f"{_ass_time(start_s - sheet.plays_from_s)},{_ass_time(end_s - sheet.plays_from_s)}"
            lines.append(f"Dialogue: 0,{span},Tag,{driver},0,0,0,,{place}{_plain(words)}\n")
    return "".join(lines)


def as_srt(sheet: Sheet, *, placed: bool = True) -> str:
    """Return SubRip subtitles, one a second and car; `placed` adds the coordinates that some players honour."""
    cues = []
    for driver in sheet.drivers():
        for start_s, end_s, first, _ in held(sheet.of(driver), READ_S):
            x1, y1, x2, y2 = (round(value) for value in first.xyxy)
            place = f"  X1:{x1:03d} X2:{x2:03d} Y1:{y1:03d} Y2:{y2:03d}" if placed else ""
            span = f"{_srt_time(start_s - sheet.plays_from_s)} --> {_srt_time(end_s - sheet.plays_from_s)}"
            cues.append((start_s, f"{span}{place}\n{first.label}\n"))
    return "\n".join(f"{index}\n{text}" for index, (_, text) in enumerate(sorted(cues), start=1))


def _above(xyxy: tuple[float, float, float, float]) -> tuple[float, float]:
    return (xyxy[0] + xyxy[2]) / 2, max(xyxy[1] - ABOVE * (xyxy[3] - xyxy[1]), 0.0)


def _plain(text: str) -> str:
    return text.replace("\\", "/").replace("{", "(").replace("}", ")").replace("\n", " ")


def _ass_time(at_s: float) -> str:
    hundredths = max(round(at_s * 100), 0)
    return f"{hundredths // 360_000}:{hundredths // 6000 % 60:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _srt_time(at_s: float) -> str:
    ms = max(round(at_s * 1000), 0)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"
