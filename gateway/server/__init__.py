"""The server process: put together, run, watched over and closed."""
