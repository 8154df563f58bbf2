"""What it takes to be believed, taken from the trials of `tests/benchmarks/sync_trials.py` over Monaco 2024, 16 cars, the whole race.

They were set on 24 clips at −10 dB most of which had been refused before, on 24 with twice the jitter of stamps and revolutions, and on
some 200 that lie nowhere (seeds up to 7500), those of short and of loud clips on the trials named beside them (seeds 8200 to 8226). On
seeds that nothing was set on:

- 9000 to 9028 and 9100 to 9132, 1,054 clips, before what is asked of short ones: of 281 of 20 s that lie nowhere none was believed (the
  half of the race that is not searched, at −10, 0 and +15 dB, music, another circuit, another day, half speed, no engine). 20 s at −10, 0
  and +15 dB, and at 0 dB, the driver not given: 62 of 62 locked each. With a cut, sped up by 25/24, drifting by 1 %, 40 s at −10 dB: 29
  of 29.
- 9200 to 9222 and 9240 to 9246, 671 clips: 249 accepted, all right; the first 515 before the last changes to loud clips. Of 388 that lie
  nowhere none was believed, of which 329 are of 5 to 12 s and their lap alone, or all of that half of the race, is missing. Of those that
  are there, at 0 and +15 dB: 20 s 60 of 60 (half of them at −10 dB), 12 s 30 of 30, 10 s 88 of 90, 7 s 24 of 30, 5 s 34 of 60; of the
  other kinds 13 of 13, and on 9700 to 9707 8 of 8 of 60 s that drift by ±1 %. Half within 0.012 s, 95 of 100 within 0.025 s, all within
  0.032 s; 98 of 100 within their ±.
- 9300 to 9307, 176 clips: 57 accepted, all right, of 101 that lie nowhere none. 9308 to 9327, 490 clips, more asked of loud ones of 5 to
  15 s than now: 172 accepted, one wrong, 7 s at +15 dB whose lap is missing; 20 s 48 of 48.
- 17 simulated races, whose laps differ by per milles, loud, the driver given or not: of 301 clips of 5 to 20 s whose lap is missing three
  were believed, of 20, 12 and 10 s; `CLOCK_S` refuses the first since. Where it is there none is wrong: 20 s 63 of 64, 12 s 55 of 60, 10 s
  43 of 56, 8 s 29 of 56, 5 s 5 of 28. Half within 0.017 s, all within 0.035 s; 97 of 100 within their ±.
- 13 clips each of harder sound over Monaco, 20 s at 0 dB with rushing wind, the driver given every other time, and each without its lap:
  compressed under speech 6 dB louder 13 locked, whines at no engine's order 13, at 8 kHz 13, stamps that jitter by 55 ms 13, by 87 ms
  11, all of these with an engine half a per cent off the telemetry 4, one or two per cent off none: a lap driven as much slower sounds
  no different. None wrong; of 104 without their lap one was believed, at 8 kHz.
- Since a car or a lap that is missing from the car data is held to be as likely, most of an uncut clip no longer settles what all of it
  leaves in doubt, and the sharper spectrum has the word from 50 nats a second on: 24 more simulated races (320 to 343), sound alone, at 0
  and +15 dB, the driver given and not, 1,152 clips that are there: 20 s 185 of 192, 12 s 159, 10 s 112, 8 s 56, 7 s 60, 5 s 10; one wrong,
  0.14 s off where the revolutions change by a per cent in 10 s. Of the same without their lap none is believed; without the first of
  these rules 18 were, 14 as another car at the right moment, without the second one, without the third two, on which it was set. Over
  Monaco, 9800 to 9902, 318 that are there: 280 locked, all right; of 315 that lie nowhere none, 16 without the first rule.
- Eight rendered clips of 8 to 20 s and 27 pieces of 8 to 12.5 s of them, with their pictures, the driver given and not: 55 of 70 locked,
  none wrong, two 0.045 s off, the others within 0.04 s; by their sound alone 25. Without their lap none of 70.

Not solved: where the lap is of no car and no time that the race session knows of, and another one is the same to less than its stamps
jitter, a short clip may be taken for that one.
"""

LEAST_EVIDENCE = 25.0  # nats that the path is an engine's at all
LEAST_MARGIN = 25.0  # nats over the best place elsewhere
UNUSUAL_RATE = 0.004  # a clip off the clock by more is rare: evidence and margin must be more, the misfit less by this factor:
UNUSUAL_FACTOR = 2.0
LEAST_TIME_SHARE = 0.95
LEAST_TIME_AGREE = 0.75
# What lies elsewhere may follow well in one and stand out in another, but not in all: the misfit in tone is the sum of what its two figures
# lack of 1, in these units, and the margin must be the larger share of the evidence the larger it is: MARGIN_SHARE / (MARGIN_MISFIT − it).
LOOSE_TONE_SHARE = 0.10
LOOSE_TONE_AGREE = 0.23
MOST_MISFIT = 1.2
# The right place may be followed more loosely where it is so many nats ahead. Where this was set, no place elsewhere was by over 104;
# in later trials some were, by 234 at the most, and all but one of them were refused for other reasons.
FAR_MARGIN = 150.0
FAR_MISFIT = 1.6
MARGIN_SHARE = 0.36
MARGIN_MISFIT = 1.9
CLEAR_MARGIN = 72.0  # nats; they suffice without that share where the engine follows the very path throughout:
CLEAR_MISFIT = 0.4
# Where the engine is loud (nats a second) nats by the hundred are no longer worth what they say, and a sharper spectrum has the word
# instead. On 54 sounds of nine simulated races, whose laps differ by per milles, the driver given or not, 72 nats believed three of
# another lap, and 25 of 108 whose lap had been taken out of the race session; so none and 7, with 99 instead of 102 locked. From 50 on
# and not from 60: of 3,072 clips three whose lap was missing were believed at 53 and 54 nats a second, of 8 and 20 s, and are not now;
# of those between that have it 61 of 71 still are, and all of 12 s or more.
LOUD = 50.0
LEAST_SHARP_TONE = 0.95  # as a tone share, of any loud clip; the least of 10 s of Monaco at +10 and +20 dB was 0.968
SHARP_TONE = 0.99  # and to settle it where it does not stand out that far otherwise …
SHARP_MARGIN_SHARE = 0.10  # … by so much of its evidence
# And where the right lap is not in the race session, none that is follows its very path: neighbouring samples are off together. On 11
# simulated races, the driver given or not, 12 and 5 s, and on 12 clips of Monaco at +20, +10 and +3 dB of 5 to 20 s: of 137 right places
# none had more than 0.49; of ten of another lap that had been believed seven had 1.92 or more. The other three were of 5 s, faster or
# slower all along, or too short to tell that from the jitter.
MOST_TOGETHER = 1.0
# Of clips shorter than `LONG_S` it must be known so closely whether the engine runs faster than the telemetry all along …
FASTER_KNOWN = 0.0012
FASTER = 0.002  # … and it must not by this; a clip played 1000/1001 slow does by half, which counts a quarter
# A clip shorter than `SHORT_S` has so few pieces that another lap, where the right one is not in the race session, may pass for it. What
# tells the two: the right one stands out from all other laps by more of its evidence, and follows the very path, while a wrong one that
# stands out is followed a little more loosely. On 428 clips of 5, 7, 10 and 14 s of Monaco (27 sounds at 0 and +15 dB) and 378 of 5 to
# 16 s of 21 simulated races, all without their lap, 12 had been believed; so none. Of those that have it 231 of 322 of Monaco are locked
# (245 before; of those of 10 s 102 of 107 and 103 before) and 245 of 378 of the simulated (275).
SHORT_S = 15.0
SHORT_POWER = 0.75  # of by how much shorter it is: so much more of its evidence
SHORT_MISFIT = 1.1  # and by its misfit, times by how much shorter it is, up to …
SHORT_SHARE = 0.5  # … so much of it
# Of a loud one, on the sharper spectrum: by its sound alone a clip of 5 s must stand out by more than half, of 8 s by a third, of 12 s by a
# fifth, plus its misfit in tone, plus its being faster all along, which another lap is more than its stamps' jitter can make it. That is
# against a lap that is missing: what is there is told apart by much less, and what is seen may say how likely it is that none is missing.
SHORT_SHARP_SHARE = 0.55
SHORT_SHARP_MOST = 0.6  # one of 5 s, believed for another lap, stood out by 0.57 and was 1.6 per mille faster
SHORT_SHARP_S = 5.0
SHORT_SHARP_POWER = 1.2
BESIDE_POWER = 3.0  # from what is there, where what is seen answers for what is not: an eighth for 8 s, a 25th for 12 s
SHORT_SHARP_MISFIT = 2.0
SHORT_SHARP_FASTER = 300.0
LONG_S = 8.5  # a shorter clip's stamps may by their jitter favour another lap
# And it has too few pieces to be found out by its misfit: of 128 clips of 5 s that lie nowhere five were believed, 26 to 51 nats ahead
# of all else. So the least margin grows faster, to 59 nats.
BRIEF_POWER = 1.5

# Clips in pieces.
LONE_PIECE_S = 8.0  # a shorter piece is not believed by itself
NEAR_PIECE_S = 120.0  # but where a cut from or to a longer one skips no more session time than this
LEAST_COVERED = 0.7  # of a clip of which no part was locked at once must be explained by its pieces
LONE_TONE_SHARE = 0.93  # and each must follow the engine this closely

# Sights, on `tests/benchmarks/sync_sight_trials.py` over Monaco 2024. The nats that each must bring over the best place elsewhere where
# it speaks alone: speeds of another day brought 7.4 at the most (59 clips), those of this race 4.6 to 30 (28 clips, all first right).
LEAST_SIGHT_MARGIN = {"hud": 7.0, "laps": 10.0, "motion": 10.0, "size": 12.0}
# So taken, speed and lap counter lock 13 of 14 clips of 20 s, 11 within 0.25 s (the graphics come up to 0.3 s late); another day's 0 of 28.
# On seeds that nothing was set on 24 of 30, the driver given or not, and the speed alone 21 of 30, all right; another day's 0 of 56.
# How closely each must follow to be believed without the sound: speeds of another day reached 0.816, those of this race 0.79 to 0.89.
LEAST_AGREEMENT = {"hud": 0.83, "laps": 0.75, "motion": 0.7, "size": 0.6}
FOLLOWS = {"hud": 0.6, "laps": 0.75, "motion": 0.7, "size": 0.6}  # and to be named beside the sound
CONTRADICTS = {"hud": 0.3}  # a sight that follows a place less than this, and clearly another one, contradicts the sound
# Of a short and loud clip the sound lacks a share of being sure of its very lap. What is seen makes up for it by so many nats over the
# usual other lap that sounds much the same; who follows a car as near on every lap sees none. Of rendered clips widths of the right lap
# told 0.9 of the most that they can, or more, of others 0.2 to 0.95.
TELLS_LAP = {"hud": 7.0, "laps": 10.0, "size": 6.0}
SIZE_FOLLOWS = 0.7  # of that most, for them to tell the lap, and …
FOLLOWED = {"size": 0.45}  # … what it is worth that they follow so closely, whatever other laps would show
MOST_OF_LAP = 0.9  # of that is the sound's: where it is in doubt by itself, something seen must speak for it
# Bends and lap numbers are the same on another day, and some car is ahead on every day: only sound and speed tell the race session.
# Bends and widths of another day were 1.7 times ahead of the next place (14 clips of 60 s).
TELL_THE_SESSION = ("engine_sound", "hud")
WITHOUT_FACTOR = 3.0  # of the margins where none of these speaks

# Car data of so much of a clip's length must be there of every other car that was out, where the driver is not given, and of every other
# lap that passes the same place, where it is shorter than `SHORT_S` and nothing seen speaks for it. Of 30 clips that were believed and
# wrong before, 25 were of a car or a lap that was missing so; of those that are there it costs none.
LEAST_KNOWN = 0.8
