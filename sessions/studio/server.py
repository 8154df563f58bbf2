"""The page's server: on this machine alone, behind a token; the video, the data, and NiceGUI's page."""

import asyncio
import json
import logging
import secrets
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from nicegui import app as core_app
from nicegui import ui
from starlette.exceptions import HTTPException

from overlay.theme import FONTS
from sessions.errors import SessionError
from sessions.studio import page, sound
from sessions.studio.desk import Desk
from sessions.studio.export_job import export_folder
from sessions.studio.guard import PARAMETER, Guard
from sessions.studio.guides import guides

HOST = "127.0.0.1"
TOKEN_BYTES = 24  # 192 random bits: not to be guessed
SWITCH_S = 5e-4  # what is worked out in the background makes way for requests this soon; usual are 5 ms, a dozen times a request
NO_STORE = {"Cache-Control": "no-store"}


def serve(desk: Desk, door: socket.socket, *, open_browser: bool, say: Callable[[str], None]) -> None:
    """Serve the page until it is interrupted.

    Args:
        desk: What the page works on.
        door: Where to listen, as of `listen`.
        open_browser: Whether to show the page in the user's browser.
        say: Is told the address.
    """
    port = door.getsockname()[1]
    token = secrets.token_urlsafe(TOKEN_BYTES)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _offer(app, desk)
    page.build(desk)
    core_app.on_startup(desk.begin)
    ui.run_with(
        app,
        tailwind=False,
        title="Slipstream",
        dark=True,
        show_welcome_message=False,
        cache_control_directives="no-cache",
        gzip_middleware_factory=None,  # packing takes longer than sending, which never leaves this machine
        reconnect_timeout=10.0,
    )
    logging.getLogger("nicegui").setLevel(logging.ERROR)  # how long its bindings take is of no use to users
    sys.setswitchinterval(SWITCH_S)
    guarded = Guard(app, token=token, port=port)
    config = uvicorn.Config(guarded, log_level="warning", lifespan="on", timeout_graceful_shutdown=2, ws_max_size=2**22)
    address = f"http://{HOST}:{port}/?{PARAMETER}={token}"
    say(address)
    if open_browser:
        webbrowser.open(address)
    try:
        uvicorn.Server(config).run(sockets=[door])
    finally:
        desk.jobs.stop_all()


def listen(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine; 0 takes any that is free.

    Raises:
        SessionError: The port is taken.
    """
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a page whose server was killed comes back on the same port
    try:
        door.bind((HOST, port))
        door.listen(128)  # from here on nobody is turned away, though it takes a moment until they are answered
    except (OSError, OverflowError) as error:
        door.close()
        raise SessionError(f"port {port} cannot be used: {error}; give another with --port, or leave it out") from error
    return door


def _offer(app: FastAPI, desk: Desk) -> None:
    """Offer what the page fetches: files by their own names only, never by a path that it gives."""

    @app.get("/media/clip")
    def clip() -> FileResponse:
        path = desk.playable_file()
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, media_type="video/mp4", headers=NO_STORE)

    @app.get("/media/export/{name}")
    def export(name: str) -> FileResponse:
        return FileResponse(_inside(export_folder(desk), name), headers=NO_STORE)

    @app.get("/media/font/{name}")
    def font(name: str) -> FileResponse:
        return FileResponse(_inside(FONTS, name), media_type="font/ttf")

    @app.get("/data/lanes")
    async def lanes() -> Response:
        return _json(await asyncio.to_thread(desk.lanes))

    @app.get("/data/tracks")
    async def tracks() -> Response:
        return _json(await asyncio.to_thread(_tracks, desk))

    @app.get("/data/sound")
    async def heard() -> Response:
        return await asyncio.to_thread(_sound, desk)

    @app.get("/data/orders")
    async def orders() -> Response:
        return _json(await asyncio.to_thread(desk.orders))

    @app.get("/data/guides/{preset}")
    async def guide(preset: str) -> Response:
        return _json(await asyncio.to_thread(guides, desk, preset))

    @app.get("/data/layouts/{version}/{chunk}")
    def layouts(version: int, chunk: int) -> Response:
        packed = desk.book.chunk(version, chunk)
        if packed is None:
            return Response(status_code=204, headers=NO_STORE)
        return Response(packed, media_type="application/json", headers={**NO_STORE, "Content-Encoding": "deflate"})


def _inside(folder: Path, name: str) -> Path:
    """Return a file of a folder by its own name; anything else is refused."""
    path = (folder / name).resolve()
    if path.parent != folder.resolve() or name.startswith("."):
        raise HTTPException(403)
    if not path.is_file():
        raise HTTPException(404)
    return path


def _json(value: Any) -> Response:
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return Response(text, media_type="application/json", headers=NO_STORE)


def _tracks(desk: Desk) -> list[dict[str, Any]]:
    return [
        {"id": track.track_id, "frames": track.frame_index.tolist(), "boxes": track.xyxy.round(1).tolist()}
        for track in desk.cars.tracks()
    ]


def _sound(desk: Desk) -> Response:
    what = desk.hearing()
    if what is None:
        return Response(status_code=204)
    shown = sound.picture(what)
    facts = json.dumps(shown.facts())
    return Response(shown.level.tobytes(), media_type="application/octet-stream", headers={**NO_STORE, "X-Facts": facts})
