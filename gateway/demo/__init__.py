"""The demo: a venue with a made history and a living market, through the same gateway as anyone."""
