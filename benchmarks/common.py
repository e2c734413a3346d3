"""What the benchmarks share: child processes that report their time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run_child(arguments: list[str], env: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a Python script that ends by printing a JSON line; returns it."""
    result = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )
    if result.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{result.stderr}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def report(work: Callable[[], Any]) -> None:
    """Do the work; print wall seconds, processor seconds and peak memory as a JSON line."""
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    print(
        json.dumps(
            {
                "cpu_s": time.process_time() - cpu,
                "peak_mb": peak_mb(),
                "result": result,
                "wall_s": time.perf_counter() - start,
            }
        )
    )


def peak_mb() -> float:
    """Peak resident memory of this process in MiB (Linux).

    Not ``getrusage``: there a child starts with the peak of the process it was forked from.
    """
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def median(values: list[float]) -> float:
    """Middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
