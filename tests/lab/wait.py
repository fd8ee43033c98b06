"""Waiting for conditions, never for time alone."""
import time


# Seconds for what is not under test: a ceiling for a machine that is very busy.
PATIENCE = 60


class TimedOut(Exception):
    pass


def wait_until(condition, what, timeout=10.0, interval=0.01):
    """Returns condition()'s first true value; TimedOut names what was awaited."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimedOut(f"waited {timeout:g} s in vain for {what}")
        time.sleep(interval)
