"""Verbs that run a venue in this process: `run` and `demo`."""
