"""Pictures in, steady tracks of cars out. Knows nothing of races, video files or drawing."""
