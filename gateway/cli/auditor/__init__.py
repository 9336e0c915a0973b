"""Verbs of an auditor: they read a journal and believe nobody."""
