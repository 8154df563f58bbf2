"""Finds where a clip lies on its race session, from what can be heard and seen in it."""
