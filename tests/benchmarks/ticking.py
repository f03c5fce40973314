"""A worker's process that ticks when it is told to: a line in, what the tick took out. For `escalation`.

RW_ZONE=worker python -m tests.benchmarks.ticking
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> int:
    os.environ["RW_ZONE"] = "worker"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recruitment_watch.settings.worker")
    import django

    django.setup()
    from complaints.escalation.tick import tick

    tick()  # connections opened, modules loaded
    print(json.dumps({"ready": True}), flush=True)
    for _line in sys.stdin:
        started, cpu = time.perf_counter(), time.process_time()
        done = tick()
        said = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu, "done": done["released"]}
        print(json.dumps(said), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
