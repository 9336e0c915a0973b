"""The demo: a venue with a made history and a living market, whose people use the public API."""
