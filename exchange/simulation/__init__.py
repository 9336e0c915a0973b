"""The demo's people: what they would do, drawn from the price path of the real slump.

Pure: every figure comes from a counter hash of (seed, day, name, n), never from `random`. What is
remembered lies in the venue itself, so that a run can stop after any day and go on the same.
"""
