"""The application: the job a user describes, its state on disk, and every way of running it."""
