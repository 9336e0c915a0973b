"""The notary: publishes the journal as a transparency log in files, and signs its tree heads."""
