"""Exports: the journal in an auditor's own formats, month by month. It only reads."""
