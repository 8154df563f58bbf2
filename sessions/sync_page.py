"""The sync's sheet as a page of its own: the picture, the answer in words to copy from, and nothing that is loaded from elsewhere."""

import base64
import html
import tempfile
from pathlib import Path
from string import Template

from sessions import sync_plot
from sessions.outputs import write_text
from sessions.sheet import DIM, INK, PANEL, PAPER
from sessions.sync_stage import SyncResult
from sessions.sync_view import View
from telemetry.race_record import RaceRecord

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { margin: 0 auto; max-width: 1650px; padding: 16px; background: $paper; color: $ink; font: 15px/1.5 system-ui, sans-serif }
img { width: 100%; height: auto; display: block }
pre { background: $panel; padding: 16px; overflow-x: auto; border-radius: 8px }
p { color: $dim }
</style>
<img alt="$title" src="data:image/png;base64,$picture">
<pre>$words</pre>
<p>Made by slipstream sync.</p>
</html>
""")


def write(result: SyncResult, record: RaceRecord, what: View, file: Path, *, title: str, words: str) -> None:
    """Write the page, whole or not at all.

    Args:
        result: What the sync found, or is unsure of.
        record: The race session.
        what: What there is to see.
        file: To write.
        title: Of the sheet and the page.
        words: What the command says of the result.

    Raises:
        SessionError: The file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="slipstream-") as folder:
        picture = Path(folder) / "sheet.png"
        sync_plot.draw(result, record, what, picture, title=title)
        encoded = base64.b64encode(picture.read_bytes()).decode()
    page = _PAGE.substitute(
        title=html.escape(title), picture=encoded, words=html.escape(words), paper=PAPER, panel=PANEL, ink=INK, dim=DIM
    )
    write_text(file, page)
