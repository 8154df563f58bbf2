"""The embedded sample: fourteen simulated seconds behind another car, with the recording of their race."""

import shutil
from pathlib import Path

from sessions import session_file
from sessions.errors import SessionError
from sessions.session import Session
from telemetry.race_session import RaceSession

DRIVER = "RAP"
_HERE = Path(__file__).parent


def unpack(folder: Path) -> Path:
    """Copy the sample into a folder, write a session file for it, and return that file's path.

    Raises:
        SessionError: The folder cannot be made, or takes no more.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("onboard.mp4", "livetiming.txt"):
            shutil.copyfile(_HERE / name, folder / name)
    except OSError as error:
        raise SessionError(f"cannot write {folder}: {error.strerror}; name another folder with -o") from error
    race = RaceSession(2025, "Alta Grand Prix", "R", folder / "livetiming.txt")
    path = folder / "session.toml"
    session_file.write(Session(clip=folder / "onboard.mp4", race=race, driver=DRIVER), path, force=True)
    return path
