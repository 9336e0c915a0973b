"""Verbs of the venue's offices, and of whoever delivers, accepts or approves."""
