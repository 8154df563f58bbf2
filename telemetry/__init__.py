"""A race session in, numbers at a video time out. Knows nothing of tracks, drawing or sessions."""
