"""The client, in one import: `from gpubourse import connect`."""
