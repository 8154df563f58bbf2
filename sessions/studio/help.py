"""The keyboard, on one card."""

from nicegui import ui

KEYS = {
    "Playback": (
        ("Space", "Play or pause"),
        ("← →", "One frame back or on"),
        ("Shift ← →", "One second back or on"),
        ("Home  End", "First or last frame"),
        ("L", "Loop ±2 s around here"),
        ("M", "Sound on or off"),
        ("+  −", "Show less or more of the clip"),
    ),
    "Offset": (
        ("↑ ↓", "One frame later or earlier"),
        ("Shift ↑ ↓", "10 ms"),
        ("Ctrl ↑ ↓", "100 ms"),
        ("Alt ↑ ↓", "1 s"),
        ("Drag lanes", "Move the telemetry; with Shift ten times finer"),
        ("1  2  3", "Mark here: line crossing, braking point, gear change"),
        ("X", "Compare A and B"),
    ),
    "Everything": (
        ("B", "Boxes of the followed cars"),
        ("Ctrl Z", "Undo"),
        ("Ctrl Shift Z", "Redo"),
        ("Ctrl S", "Save into the session file"),
        ("?", "This card"),
    ),
}


def help_dialog() -> ui.dialog:
    """Return the card, closed."""
    with ui.dialog().props('aria-label="Keyboard help"') as dialog, ui.element("div").classes("help"):
        ui.label("Keyboard").classes("help-title")
        with ui.element("div").classes("help-columns"):
            for title, rows in KEYS.items():
                with ui.element("section"):
                    ui.label(title).classes("help-group")
                    for keys, words in rows:
                        with ui.element("div").classes("help-row"):
                            ui.label(keys).classes("help-keys")
                            ui.label(words)
    return dialog
