"""Verbs of a trader: buy, order, cancel, watch."""
