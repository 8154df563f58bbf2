"""Decides which track is which driver, lays tags out, draws them, and writes video. Knows nothing of sessions."""
