"""REST: one table of routes, each wrapped alike."""
