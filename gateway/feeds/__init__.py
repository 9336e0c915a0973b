"""Feeds: what is on record becomes messages, each built once and sent to all who subscribe."""
