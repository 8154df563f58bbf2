"""`slipstream export`: posts for every platform from one pass, and what editors take over."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessions.errors import EXIT_OK, EXIT_USER
from sessions.numbers import number

if TYPE_CHECKING:
    from overlay.export.editors.sheet import Sheet
    from overlay.export.publish import Outcome
    from sessions.posts import Prepared

EXIT_SOME_FAILED = 1
CAPTIONS = ("none", "srt", "burn")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("session", type=Path, metavar="SESSION.toml", help="session file")
    parser.add_argument("--preset", action="append", default=[], metavar="NAMES", help="reels,tiktok,x,… or all, or a .toml file")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder for it all (default: SESSION-posts)")
    parser.add_argument("--from", dest="start_s", type=number, metavar="S", help="first second of the clip to post")
    parser.add_argument("--to", dest="end_s", type=number, metavar="S", help="last second; the best part that fits is chosen")
    parser.add_argument("--offset", type=number, metavar="S", help="session time at video time 0, over what the session says")
    parser.add_argument("--accept-unsure", type=int, metavar="N", help="take candidate N of a sync that is not sure")
    parser.add_argument("--theme", metavar="NAME", help="look of the tags in posts (default: large type where tall or square)")
    parser.add_argument("--guides", action="store_true", help="draw what each platform covers, to look at and not to post")
    parser.add_argument("--edit", action="store_true", help="title card, replay of the key second, end card, cross-fades")
    parser.add_argument("--no-replay", action="store_true", help="with --edit: no slow motion")
    parser.add_argument("--title", metavar="WORDS", help="with --edit: first line of the title card")
    parser.add_argument("--captions", choices=CAPTIONS, default="none", help="who is ahead, in words; burn needs --edit")
    parser.add_argument("--poster", action="store_true", help="the best frame beside each post")
    parser.add_argument("--teaser", nargs="?", const="gif", choices=("gif", "webp"), help="three moving seconds beside each post")
    parser.add_argument("--editors", metavar="FORMATS", help="csv,json,otio,fcpxml,edl,ae,ass,srt,ograf or all")
    parser.add_argument("--alpha", metavar="FORMATS", help="overlay alone: prores,qtrle,vp9,png or all")
    parser.add_argument("--premultiplied", action="store_true", help="with --alpha: colour premultiplied, not straight")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON")
    parser.add_argument("--force", action="store_true", help="replace what exists")
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def run(arguments: argparse.Namespace) -> int:
    """Make everything asked for; 1 when some of it failed, 2 when all of it did."""
    from overlay.export import alpha, presets
    from overlay.export.editors import writing
    from sessions import posts
    from sessions.errors import SessionError

    chosen = presets.choose(arguments.preset) if arguments.preset else ()
    formats = writing.choose(arguments.editors) if arguments.editors else ()
    kinds = alpha.choose(arguments.alpha) if arguments.alpha else ()
    if not (chosen or formats or kinds):
        raise SessionError(f"what shall it be? --preset {','.join(presets.shipped())} or all; --editors; --alpha")
    if arguments.captions == "burn" and not arguments.edit:
        raise SessionError("--captions burn needs --edit; --captions srt writes them beside the post")
    folder = arguments.output or arguments.session.with_name(f"{arguments.session.stem}-posts")
    stem = arguments.session.stem
    names = [f"{stem}.{preset.name}.mp4" for preset in chosen] + [f"{stem}.{name}" for name in formats]
    _refuse(folder, stem, names, kinds, force=arguments.force)
    prepared = posts.prepare(
        arguments.session, quiet=arguments.quiet, offset_s=arguments.offset, accept_unsure=arguments.accept_unsure
    )
    made: list[dict[str, Any]] = []
    failed = 0
    if chosen:
        outcomes = _posts(arguments, prepared, chosen, folder, stem)
        made += [_said(outcome) for outcome in outcomes]
        failed += sum(bool(entry["error"] or entry["lint"]) for entry in made)
        nothing = all(outcome.path is None for outcome in outcomes)
    else:
        nothing = True
    if formats:
        paths = writing.write(_sheet(prepared), folder, stem, formats)
        made += [{"file": str(path)} for path in paths]
        nothing = False
    if kinds:
        for kind, path, error in _alone(arguments, prepared, kinds, folder, stem):
            made.append({"alpha": kind, "file": str(path) if path else None, "error": error})
            failed += error is not None
            nothing = nothing and path is None
    _tell(made, as_json=arguments.json, warnings=prepared.script.warnings)
    return EXIT_USER if nothing else EXIT_SOME_FAILED if failed else EXIT_OK


def _posts(arguments: argparse.Namespace, prepared: "Prepared", chosen: Any, folder: Path, stem: str) -> "tuple[Outcome, ...]":
    from overlay.export import job, social
    from sessions.progress import progress

    order = job.Order(
        chosen,
        folder,
        stem,
        lambda canvas: prepared.theme(canvas, arguments.theme),
        start_s=arguments.start_s,
        end_s=arguments.end_s,
        guides=arguments.guides,
        edit=social.Story(replay=not arguments.no_replay, title=arguments.title) if arguments.edit else None,
        words=arguments.captions,
        poster=arguments.poster,
        teaser=f".{arguments.teaser}" if arguments.teaser else None,
    )
    with progress("export", quiet=arguments.quiet) as show:
        return job.run(order, prepared.session.clip, prepared.script, prepared.timeline, on_progress=show)


def _alone(
    arguments: argparse.Namespace, prepared: "Prepared", kinds: Any, folder: Path, stem: str
) -> list[tuple[str, Path | None, str | None]]:
    from overlay.clip import Clip
    from overlay.export import alone
    from overlay.export.presets import constant_rate
    from sessions import stages
    from sessions.errors import SessionError
    from sessions.progress import progress

    session = prepared.session
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SessionError(f"cannot write to {folder}: {error.strerror}; choose another folder with -o") from error
    with Clip(session.clip) as clip:
        rate, timecode = constant_rate(clip.rate, prepared.script.frame_times_s), clip.timecode
    size_wh = prepared.script.picture_wh
    director = stages.director(session, prepared.timeline, folder=prepared.folder, size_wh=size_wh, tracks=prepared.tracks)
    with progress("alpha", quiet=arguments.quiet) as show:
        outcomes = alone.write(
            prepared.steady,
            director,
            kinds,
            folder=folder,
            stem=stem,
            rate=rate,
            straight=not arguments.premultiplied,
            swatches=prepared.seen.swatches,
            timecode=timecode,
            on_frame=lambda done: show(done, len(prepared.steady)),
        )
    return [(outcome.kind.name, outcome.path, outcome.error) for outcome in outcomes]


def _sheet(prepared: "Prepared") -> "Sheet":
    from dataclasses import replace

    from overlay.clip import Clip
    from overlay.export.presets import constant_rate
    from overlay.export.probe import plays_from_s
    from overlay.timecode import MIDNIGHT

    record = prepared.timeline.record
    title = f"{record.event_name} {record.race.year}, {prepared.timeline.driver}"
    with Clip(prepared.session.clip) as clip:
        lasts_s = clip.duration_s or float(prepared.script.frame_times_s[-1])
        rate = constant_rate(clip.rate, prepared.script.frame_times_s)
        return replace(
            prepared.script.sheet(clip.path, rate, title, lasts_s),
            sound_channels=clip.sound_channels,
            plays_from_s=plays_from_s(clip.path),
            timecode=clip.timecode or MIDNIGHT,
        )


def _refuse(folder: Path, stem: str, names: list[str], kinds: Any, *, force: bool) -> None:
    from glob import escape

    from sessions.errors import SessionError

    names = [*names, *(f"{stem}.{kind.name}{kind.suffix}" for kind in kinds)]
    there = [name for name in names if (folder / name).exists()]
    if f"{stem}.ae" in names:  # a file a driver
        there += sorted(path.name for path in folder.glob(f"{escape(stem)}.*.ae.txt"))
    if there and not force:
        raise SessionError(f"{folder / there[0]} exists; give another folder with -o, or --force to replace it")
    if folder.exists() and not folder.is_dir():
        raise SessionError(f"{folder} is a file; name a folder with -o")


def _said(outcome: "Outcome") -> dict[str, Any]:
    failures = [f"{found.check}: {found.got}, wanted {found.wanted}" for found in outcome.findings if found.passed is False]
    return {
        "preset": outcome.preset.name,
        "file": str(outcome.path) if outcome.path else None,
        "error": outcome.error,
        "lint": failures,
        "beside": [str(path) for path in outcome.beside],
    }


def report(outcomes: "tuple[Outcome, ...]", *, warnings: tuple[str, ...]) -> int:
    """Say what came of posts and return the exit code."""
    made = [_said(outcome) for outcome in outcomes]
    _tell(made, as_json=False, warnings=warnings)
    if all(outcome.path is None for outcome in outcomes):
        return EXIT_USER
    return EXIT_SOME_FAILED if any(entry["error"] or entry["lint"] for entry in made) else EXIT_OK


def _tell(made: list[dict[str, Any]], *, as_json: bool, warnings: tuple[str, ...]) -> None:
    if as_json:
        print(json.dumps({"made": made, "warnings": list(warnings)}, indent=1, ensure_ascii=False))
        return
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for entry in made:
        name = entry.get("preset") or entry.get("alpha") or ""
        if entry.get("error"):
            print(f"slipstream: {name}: {entry['error'].removeprefix(f'{name}: ')}", file=sys.stderr)
            continue
        checked = (
            "" if "lint" not in entry else "  passes its lint" if not entry["lint"] else f"  fails: {'; '.join(entry['lint'])}"
        )
        print(f"{name:>9}  {entry['file']}{checked}" if name else f"           {entry['file']}")
