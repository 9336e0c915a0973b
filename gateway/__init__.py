"""The gateway: bytes in, bytes out; the only building that speaks to the network."""
