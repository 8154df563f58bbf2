"""Who is in each car of a clip's frames, as renders, posts and editors' files all have it."""

from collections.abc import Sequence

from overlay.casting import Cast, Caster
from overlay.picks import Pick, picked
from overlay.swatches import Swatch
from overlay.witness import ColourWitness
from segmentation.track import SteadyFrame
from telemetry.race_record import RaceRecord
from telemetry.sample import Sample


class Namer:
    """Names the cars of one frame after another by timing, size and paint, and leaves those that a person wants tagged."""

    def __init__(self, record: RaceRecord, *, camera: str, picture_width_px: float, picks: Sequence[Pick] = ()) -> None:
        """Begin with nobody named.

        Args:
            record: Whose teams have which colours.
            camera: "front" or "rear".
            picture_width_px: Width of the pictures that boxes lie in.
            picks: Which car a person wants tagged, and where none.
        """
        self.camera, self._picks = camera, picks
        self._paint = ColourWitness({tla: driver.team_colour for tla, driver in record.drivers.items()})
        self._caster = Caster(camera, picture_width_px, self._paint)

    @property
    def warnings(self) -> list[str]:
        """Contradictions between picture and timing so far, each with its video time."""
        return self._caster.warnings

    def name(self, frame: SteadyFrame, sample: Sample, swatches: Sequence[Swatch] = ()) -> tuple[Cast, ...]:
        """Return who is in the cars of a frame that are tagged, the nearest on the road first.

        Args:
            frame: Its cars.
            sample: What the timing says of its instant.
            swatches: Of its cars' paint.
        """
        self._paint.look(frame, swatches)
        return picked(self._caster.cast(frame, sample), self._picks, frame.video_time_s)
