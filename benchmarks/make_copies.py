"""Write a labelled collection of reports that copy each other.

Example: python benchmarks/make_copies.py 10000 /tmp/copies --seed develop

Layout: OUT/documents-0000.jsonl … with {"id", "text"} a line, OUT/labels-0000.jsonl … with {"id",
"origins", "edits", "event", "subject"}, and OUT/corpus.json with the parameters. See
docs/evaluation/copies.md for what the labels mean.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from copies_corpus import edits, phrases
from copies_corpus.world import Outlet, Text, World, event, story

SHARD = 10_000
SINGLE = 0.45  # of the stories are printed by nobody else
MORE = 0.72  # chance of one more copy after each: 3.6 on average
AGAIN = 0.15  # of the copies are made from a copy


@dataclass(frozen=True)
class Made:
    """A text with its labels: the stories it goes back to, and the edits between."""

    text: Text
    origins: tuple[str, ...]
    edits: tuple[str, ...]


def shard(seed: str, number: int, count: int, countries: int, size: float) -> list[dict[str, Any]]:
    """Make one shard; it depends on nothing but its arguments."""
    world = World(seed, countries)
    rng = random.Random(f"{seed}/shard/{number}")
    made: list[tuple[str, Made, Outlet]] = []
    told: list[tuple[str, Text]] = []
    while len(made) < count:
        happened = event(rng, world, f"{number:04d}-{len(told):05d}")
        for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
            name = f"s{number:04d}-{len(told):05d}"
            text = story(rng, happened, size * rng.uniform(0.8, 1.2))
            told.append((name, text))
            family = list(_family(rng, name, text, told))
            made += [(happened.number, one, rng.choice(world.outlets)) for one in family]
    made = made[:count]
    rng.shuffle(made)
    return [
        {
            "id": f"{number:04d}-{place:05d}",
            "text": printed(one.text, outlet, rng),
            "origins": one.origins,
            "edits": one.edits,
            "event": happening,
            "subject": one.text.event.subject,
        }
        for place, (happening, one, outlet) in enumerate(made)
    ]


def _family(
    rng: random.Random, name: str, text: Text, told: list[tuple[str, Text]]
) -> Iterator[Made]:
    """The story as first printed, and what others made of it."""
    family = [Made(text, (name,), ("first",))]
    if rng.random() >= SINGLE:
        while True:
            base = rng.choice(family) if rng.random() < AGAIN else family[0]
            kind = rng.choice(edits.KINDS)
            if kind == "merged":
                other, extra = rng.choice(told)
                if other == name:  # the first story of a shard has no other to merge with
                    kind = "verbatim"
            if kind == "merged":
                changed = edits.apply(kind, base.text, rng, extra)
                origins = tuple(dict.fromkeys((*base.origins, other)))
            else:
                changed, origins = edits.apply(kind, base.text, rng), base.origins
            before = () if base.edits == ("first",) else base.edits
            family.append(Made(changed, origins, (*before, kind)))
            if rng.random() >= MORE:
                break
    yield from family


def printed(text: Text, outlet: Outlet, rng: random.Random) -> str:
    """Print a text with the furniture of an outlet."""
    year, month, day = text.event.day
    place = text.event.values["town"].upper()
    lines = [text.headline]
    if rng.random() < 0.5:
        lines.append(f"By {rng.choice(outlet.staff)}")
    if rng.random() < 0.5:
        lines.append(f"Posted on {month:02d}/{day:02d}/{year}")
    if rng.random() < 0.3:
        lines += outlet.head
    body = [paragraph.text for paragraph in text.paragraphs]
    if outlet.agency or rng.random() < 0.3:
        credit = outlet.name.split()[0] if outlet.agency else outlet.name
        body[0] = f"{place}, {phrases.MONTHS[month - 1]} {day} ({credit}) - {body[0]}"
    lines += body
    if outlet.agency and rng.random() < 0.6:
        staff = dict(zip(("r1", "r2", "r3"), rng.sample(outlet.staff, 3), strict=True))
        credit = rng.choice(phrases.CREDITS).replace("<town>", text.event.values["town"])
        for slot, person in staff.items():
            credit = credit.replace(f"<{slot}>", person)
        lines.append(credit)
    if rng.random() < 0.6:
        lines += outlet.foot
    return "\n\n".join(lines) + "\n"


def _write(arguments: tuple[str, str, int, int, int, float]) -> int:
    out, seed, number, count, countries, size = arguments
    made = shard(seed, number, count, countries, size)
    folder = Path(out)
    with (
        (folder / f"documents-{number:04d}.jsonl").open("w", encoding="utf-8") as documents,
        (folder / f"labels-{number:04d}.jsonl").open("w", encoding="utf-8") as labels,
    ):
        for one in made:
            documents.write(json.dumps({"id": one["id"], "text": one.pop("text")}) + "\n")
            labels.write(json.dumps(one) + "\n")
    return len(made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, help="Number of documents.")
    parser.add_argument("out", type=Path, help="Folder to write; it must not hold documents yet.")
    parser.add_argument("--seed", default="develop", help="Another seed is another world.")
    parser.add_argument("--size", type=float, default=1.0, help="Length; 1 is ~200 words.")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if any(options.out.glob("documents-*.jsonl")):
        parser.error(f"{options.out} already holds documents; name an empty folder")
    countries = max(3, min(200, options.count // 500))
    jobs = [
        (str(options.out), options.seed, number, min(SHARD, options.count - start), countries,
         options.size)
        for number, start in enumerate(range(0, options.count, SHARD))
    ]  # fmt: skip
    done = 0
    with Pool(options.workers) as pool:
        for count in pool.imap_unordered(_write, jobs):
            done += count
            print(f"\r{done:,} of {options.count:,} documents", end="", file=sys.stderr)
    print(file=sys.stderr)
    about = {"count": options.count, "seed": options.seed, "size": options.size,
             "countries": countries}  # fmt: skip
    (options.out / "corpus.json").write_text(json.dumps(about) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
