"""Verbs of a seller: look into a report, import it, offer what it shows."""
