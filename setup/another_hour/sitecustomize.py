"""Every Python of a test run reads another hour from its clock, where `make flaky` says so.

What hangs on the time of day (a market's phase, the hours that a day has left) fails in some hours
alone, and nobody runs the tests in all of them.
"""

import os
import time

hours = float(os.environ.get("TESTS_HOURS_AHEAD", "0"))
if hours:
    now_ns, now_s = time.time_ns, time.time
    time.time_ns = lambda: now_ns() + int(hours * 3_600) * 10**9
    time.time = lambda: now_s() + int(hours * 3_600)
