"""What editors take over: the followed cars and their numbers as data, markers, keyframes, subtitles and live graphics."""
