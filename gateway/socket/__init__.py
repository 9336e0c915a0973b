"""The WebSocket: a protocol without I/O, and the connection that carries it."""
