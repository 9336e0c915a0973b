"""Parties, their groups of owners, and the principals that sign for them."""
