"""Looks at a clip's pictures for what the sync can use: a broadcast's numbers, and how the own car turns."""
