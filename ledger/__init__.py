"""The register: who owns, uses and owes what. It imports neither market nor gateway."""
