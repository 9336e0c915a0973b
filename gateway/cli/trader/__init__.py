"""Verbs of a trader: buy, order, amend, cancel, watch, and the lists of the market and of one."""
