"""Whose turn it is: places, threads and moments of the loop, each with a share for each caller."""
