"""Pictures in, steady tracks of cars out. Knows nothing of races, video files or drawing."""

import os

# ONNX Runtime would tell its maker of every run, and keep a database for that in the user's home; it looks here when it is first loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
