"""What it takes to be believed; figures as measured on the trials of `tests/benchmarks/sync_trials.py`."""

LEAST_EVIDENCE = 25.0  # nats that the path is an engine's at all
LEAST_MARGIN = 15.0  # nats over the best place elsewhere
LEAST_MARGIN_SHARE = 0.25  # and of the evidence itself: laps are alike, and the louder the engine the more any lap seems to fit
CLEAR_MARGIN = 60.0  # nats; they suffice without that share where the engine follows the very path throughout:
CLEAR_TONE_SHARE = 0.98
UNUSUAL_RATE = 0.004  # a clip off the clock by more is rare: evidence and margin must be the above times
UNUSUAL_FACTOR = 2.0
LEAST_TIME_SHARE = 0.95
LEAST_TIME_AGREE = 0.75
LEAST_TONE_SHARE = 0.88
LOUD_EVIDENCE = 200.0  # nats; from here on the engine is heard so well that it must follow closely:
LOUD_TONE_SHARE = 0.94
LEAST_TONE_AGREE = 0.70

# Clips in pieces.
LONE_PIECE_S = 8.0  # a shorter piece is not believed by itself
NEAR_PIECE_S = 120.0  # but where a cut from or to a longer one skips no more session time than this
LEAST_COVERED = 0.7  # of a clip of which no part was locked at once must be explained by its pieces
LONE_TONE_SHARE = 0.93  # and each must follow the engine this closely

# Sights: the nats that each must bring over the best place elsewhere where it speaks alone, and how closely it must follow.
LEAST_SIGHT_MARGIN = {"hud": 7.0, "motion": 10.0, "size": 12.0}
LEAST_AGREEMENT = {"hud": 0.75, "motion": 0.7, "size": 0.6}
CONTRADICTS = {"hud": 0.4}  # a sight that follows a place less than this, and clearly another one, contradicts the sound
