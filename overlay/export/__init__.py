"""One session, every post: presets, reframing, sound, lint, and what editors take over."""
