"""A contestant's end of the protocol: a line when ready, then a line for each `TASK COUNT`."""

import json
import resource
import sys
import time


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def serve(versions, tasks, first_step=None):
    """tasks: name to a function of a count that returns how many items it did; first_step: seconds to the first one."""
    print(json.dumps({"versions": versions, "firstStep": first_step}), flush=True)
    for line in sys.stdin:
        name, count = line.split()
        cpu, start = cpu_seconds(), time.perf_counter()
        items = tasks[name](int(count))
        wall, used = time.perf_counter() - start, cpu_seconds() - cpu
        print(json.dumps({"wall": wall, "cpu": used, "items": items}), flush=True)
