"""The demo: a venue with a made history and a living market, through the same door as anyone."""
