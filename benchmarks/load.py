"""People at browsers and phones in the field, on one server at once, for some minutes.

A workspace is made (the demonstration's island and 11,000 further made-up hazards), served with
`landrelease serve --site`, and asked by locust from a second process over loopback: people sign in
(with a second factor where their role needs one), read pages and maps and think for 5 seconds
between; phones fetch forms and hand them in with app tokens, a tenth of them twice; an office
decides on one of them every 20 seconds. Afterwards every receipt a phone was given is looked for,
and `landrelease verify` has to pass.

Printed: a table of answers by kind and by page, then one JSON line a database. Bars (p95): pages
under 300 ms, tiles under 150 ms, submissions under 500 ms; no error, nothing lost, nothing doubled.

Run: ``.venv/bin/python benchmarks/load.py [--database postgresql|sqlite|both] [--minutes 10]
[--people 50] [--phones 20]`` (SQLite: 5 people unless told)
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))

#: Milliseconds below which 95 of 100 answers stay.
BARS = {"page": 300.0, "tile": 150.0, "submission": 500.0}
SITE = "mines.example.org"
COMMAND = str(Path(sys.executable).with_name("landrelease"))


def child(command: str, folder: Path, *arguments: str) -> list[str]:
    """A command of `load_programme.py`."""
    return [sys.executable, str(HERE / "load_programme.py"), command, str(folder), *arguments]


@contextmanager
def served(folder: Path, log: Path) -> Iterator[tuple[str, int]]:
    """Serve the workspace as a site in a process of its own.

    Gives the address behind the proxy, and the number of the process.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("w") as output:
        server = subprocess.Popen(
            [
                *(COMMAND, "-w", str(folder / "workspace"), "serve"),
                *("--site", "--host", SITE, "--behind-proxy", "127.0.0.1", "--port", str(port)),
            ],
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{port}"
    asked = urllib.request.Request(
        f"{address}/about/", headers={"Host": SITE, "X-Forwarded-Proto": "https"}
    )
    try:
        for _ in range(600):
            if server.poll() is not None:
                raise SystemExit(f"the server ended:\n{log.read_text()}")
            try:
                urllib.request.urlopen(asked, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(30)


def processor_seconds(process: int) -> float:
    """What a process has used so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(folder: Path, address: str, people: int, phones: int, minutes: float) -> None:
    """Let locust be the people and the phones."""
    environment = {
        **os.environ,
        "LOAD_GIVEN": str(folder / "given.json"),
        "LOAD_ANSWERS": str(folder / "answers.jsonl"),
        "LOAD_RECEIPTS": str(folder / "receipts.jsonl"),
    }
    command = [
        *(sys.executable, "-m", "locust", "-f", str(HERE / "load_people.py"), "--headless"),
        *("--host", address, "--users", str(people + phones), "--spawn-rate", "100"),
        *("--run-time", f"{round(minutes * 60)}s", "--stop-timeout", "15", "--only-summary"),
        *("--config-users", json.dumps([{"user_class_name": "Reader", "fixed_count": people},
                                        {"user_class_name": "Phone", "fixed_count": phones}])),
        *("--loglevel", "WARNING", "--exit-code-on-error", "0"),
    ]  # fmt: skip
    with (folder / "locust.log").open("w") as log:
        done = subprocess.run(
            command, env=environment, cwd=HERE, stdout=log, stderr=log, check=False
        )
    if done.returncode:
        raise SystemExit(f"locust failed:\n{(folder / 'locust.log').read_text()[-4000:]}")


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values does not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(folder: Path) -> dict[str, dict[str, Any]]:
    """Number, errors, median, p95 and largest of the answers, by kind and by name."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in (folder / "answers.jsonl").open(encoding="utf-8"):
        one = json.loads(line)
        for group in {one["kind"], one["name"]}:
            groups.setdefault(group, []).append(one)
    return {
        group: {
            "number": len(answers),
            "errors": sum(bool(one["wrong"]) for one in answers),
            **{
                f"p{share}_ms": round(percentile([one["ms"] for one in answers], share / 100))
                for share in (50, 95, 100)
            },
            "said": sorted({one["wrong"] for one in answers if one["wrong"]})[:3],
        }
        for group, answers in sorted(groups.items())
    }


def table(found: dict[str, dict[str, Any]]) -> str:
    """The summary as lines for people."""
    lines = [
        f"{'what':24}{'number':>8}{'errors':>8}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}  of bar"
    ]
    for name, row in found.items():
        bar = BARS.get(name)
        share = f"{row['p95_ms'] / bar:8.2f}" if bar else ""
        lines.append(
            f"{name:24}{row['number']:>8}{row['errors']:>8}{row['p50_ms']:>8}{row['p95_ms']:>8}"
            f"{row['p100_ms']:>8}{share}"
        )
    return "\n".join(lines)


def measure(database: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """Build, serve, ask and count on one database."""
    from postgres import Cluster

    people = chosen.people or (50 if database == "postgresql" else 5)
    phones = chosen.phones if chosen.phones is not None else 20
    with (
        tempfile.TemporaryDirectory(prefix="load-") as temporary,
        Cluster(durable=True) if database == "postgresql" else nullcontext() as cluster,
    ):
        folder = Path(temporary)
        url = cluster.url(cluster.create()) if cluster else "sqlite"
        say(f"{database}: making the programme ({chosen.hazards} hazards)")
        subprocess.run(
            child("build", folder, url, str(chosen.hazards), str(people), str(phones)), check=True
        )
        return run(folder, database, people, phones, chosen.minutes)


def run(folder: Path, database: str, people: int, phones: int, minutes: float) -> dict[str, Any]:
    """Serve what was built, ask and count."""
    (folder / "receipts.jsonl").touch()
    say(f"{database}: {people} people and {phones} phones for {minutes:g} minutes")
    before = os.getloadavg()
    with served(folder, folder / "server.log") as (address, server):
        office = subprocess.Popen(child("decide", folder))
        try:
            ask(folder, address, people, phones, minutes)
            spent = processor_seconds(server)
        finally:
            office.terminate()
            office.wait(30)
    say(f"{database}: counting receipts, verifying")
    counted = subprocess.run(child("count", folder), check=True, capture_output=True, text=True)
    verified = subprocess.run(
        [COMMAND, "-w", str(folder / "workspace"), "verify"],
        check=False,
        capture_output=True,
        text=True,
    )
    return {
        "database": database,
        "people": people,
        "phones": phones,
        "minutes": minutes,
        "load_before": round(before[0], 1),
        "load_after": round(os.getloadavg()[0], 1),
        "server_processor_s": spent,
        "answers": summary(folder),
        "receipts": json.loads(counted.stdout.strip().splitlines()[-1]),
        "verified": verified.returncode == 0,
        "verify_said": "" if verified.returncode == 0 else verified.stdout[-500:],
        "office_ended_early": office.returncode not in (-15, 0),
        "server_said": (folder / "server.log").read_text()[-2000:],
    }


def holds(result: dict[str, Any]) -> bool:
    """Whether all bars hold."""
    answers, receipts = result["answers"], result["receipts"]
    return (
        all(kind in answers and answers[kind]["p95_ms"] < bar for kind, bar in BARS.items())
        and not any(row["errors"] for row in answers.values())
        and not receipts["lost"]
        and not receipts["doubled"]
        and receipts["filled_in"] > 0
        and result["verified"]
        and not result["office_ended_early"]
    )


def say(text: str) -> None:
    """Progress, apart from the output."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure; the status says whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, help="50; on SQLite 5")
    parser.add_argument("--phones", type=int, help="20")
    parser.add_argument("--hazards", type=int, default=11_000)
    parser.add_argument("--built", type=Path, help="a folder that `load_programme.py build` filled")
    chosen = parser.parse_args()
    databases = ["postgresql", "sqlite"] if chosen.database == "both" else [chosen.database]
    held = True
    for database in databases:
        if chosen.built:
            result = run(
                chosen.built, database, chosen.people or 50, chosen.phones or 20, chosen.minutes
            )
        else:
            result = measure(database, chosen)
        print(table(result["answers"]))
        print(json.dumps(result), flush=True)
        held &= holds(result)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
