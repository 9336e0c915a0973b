"""Verbs of an auditor: each reads the journal itself, and none asks the venue."""
