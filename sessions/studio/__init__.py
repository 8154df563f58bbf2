"""The tuning page: see, hear and set in a browser where a clip lies on its race session, what is tagged and how it looks."""

import os
import tempfile
from pathlib import Path

# Where NiceGUI would keep what pages store, read when it is loaded; ours store nothing, and the user's folder stays clean.
os.environ.setdefault("NICEGUI_STORAGE_PATH", str(Path(tempfile.gettempdir()) / "slipstream-nicegui"))
