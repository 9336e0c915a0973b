"""Verbs of a seller: inspect a report, import it, offer what it shows."""
