"""When a car was in the pit lane."""

from collections.abc import Sequence

from telemetry.race_record import Lap


def pit_stops_s(laps: Sequence[Lap]) -> tuple[tuple[float, float], ...]:
    """Return when a car was in the pit lane, (in, out) in order; one that never left it stays there for ever."""
    outs_s = sorted(lap.pit_out_s for lap in laps if lap.pit_out_s is not None)
    ins_s = sorted(lap.pit_in_s for lap in laps if lap.pit_in_s is not None)
    return tuple((in_s, next((out_s for out_s in outs_s if out_s > in_s), float("inf"))) for in_s in ins_s)
