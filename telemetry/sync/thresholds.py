"""What it takes to be believed, taken from the trials of `tests/benchmarks/sync_trials.py` over Monaco 2024, 16 cars, the whole race.

They were set on the trials of the seeds 0 to 19. On seeds that nothing was set on (2000 to 2032, 560 clips), with these thresholds:

- Accepted 313, all of them right; of 230 that lie nowhere (no engine, half speed, another circuit, another day, the driver given or
  not) none, 20 of them "place sure, lap unsure" before that was said only where the engine follows.
- 20 s at 0 dB, the driver given or not, or sped up by 25/24: 99 of 99 locked and right; at −10 dB 61 of 66. 10 s 31 of 33, 5 s 24 of
  33, 40 s at −10 dB 32 of 33; 60 s with 1 % drift and 30 s with a cut 66 of 66.
- Half of the right ones within 0.013 s, all within 0.031 s but one of 40 s at −10 dB: 0.051 s.

Three of the five refused at −10 dB had not been among the places heard closely: the first search listens most to multiples of order
1.5. What it does not lock is searched again by bands of orders since, which locks one of the five (and a clip of 40 s of the seeds 0 to
19 whose place has 267 nats) and leaves what is locked as it was; of the fresh clips below, 62 of the first 63 would have locked without it.
On seeds from 4000 up, 20 s at −10 dB: 63 of 66 locked, and 53 of 60 more (5000 to 5059), all right, all within 0.034 s: with the
61 of 66 above 92 %. Of 74 that lie nowhere none was accepted. Six of those seven have the right place first: two have a rival lap, one
follows too loosely in time, one in tone, and of two loud ones 0.92 of the tone follows, with margins of 0.73 and 0.91 of their evidence.
ALONE_SHARE is for these two (locked since; they are not fresh any more): in 319 judgements of clips that lie nowhere (6000 to 6114, half
of them at −10 dB) the loud ones had margins of 0.34 of their evidence at the most.
"""

LEAST_EVIDENCE = 25.0  # nats that the path is an engine's at all
LEAST_MARGIN = 18.0  # nats over the best place elsewhere
LEAST_MARGIN_SHARE = 0.30  # and of the evidence itself: laps are alike, and the louder the engine the more any lap seems to fit
CLEAR_MARGIN = 60.0  # nats; they suffice without that share where the engine follows the very path throughout:
CLEAR_TONE_SHARE = 0.98
UNUSUAL_RATE = 0.004  # a clip off the clock by more is rare: evidence and margin must be the above times
UNUSUAL_FACTOR = 2.0
LEAST_TIME_SHARE = 0.95
LEAST_TIME_AGREE = 0.75
LEAST_TONE_SHARE = 0.90
LOUD_EVIDENCE = 200.0  # nats; from here on the engine is heard so well that it must follow closely:
LOUD_TONE_SHARE = 0.94
ALONE_SHARE = 0.5  # unless the margin is this much of the evidence: no other place explains half as much
LEAST_TONE_AGREE = 0.77

# Clips in pieces.
LONE_PIECE_S = 8.0  # a shorter piece is not believed by itself
NEAR_PIECE_S = 120.0  # but where a cut from or to a longer one skips no more session time than this
LEAST_COVERED = 0.7  # of a clip of which no part was locked at once must be explained by its pieces
LONE_TONE_SHARE = 0.93  # and each must follow the engine this closely

# Sights, on `tests/benchmarks/sync_sight_trials.py` over Monaco 2024. The nats that each must bring over the best place elsewhere where
# it speaks alone: speeds of another day brought 7.4 at the most (59 clips), those of this race 4.6 to 30 (28 clips, all first right).
LEAST_SIGHT_MARGIN = {"hud": 7.0, "laps": 10.0, "motion": 10.0, "size": 12.0}
# So taken, speed and lap counter lock 13 of 14 clips of 20 s, 11 within 0.25 s (the graphics come up to 0.3 s late); another day's 0 of 28.
# How closely each must follow to be believed without the sound: speeds of another day reached 0.816, those of this race 0.79 to 0.89.
LEAST_AGREEMENT = {"hud": 0.83, "laps": 0.75, "motion": 0.7, "size": 0.6}
FOLLOWS = {"hud": 0.6, "laps": 0.75, "motion": 0.7, "size": 0.6}  # and to be named beside the sound
CONTRADICTS = {"hud": 0.3}  # a sight that follows a place less than this, and clearly another one, contradicts the sound
# Bends and lap numbers are the same on another day, and some car is ahead on every day: only sound and speed tell the race session.
# Bends and widths of another day were 1.7 times ahead of the next place (14 clips of 60 s).
TELL_THE_SESSION = ("engine_sound", "hud")
WITHOUT_FACTOR = 3.0  # of the margins where none of these speaks
