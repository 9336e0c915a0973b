"""Things: models, sites, nodes and units, with their grade and provenance."""
