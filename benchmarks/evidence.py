"""Score ``landrelease.evidence`` on a labelled corpus.

Example: python benchmarks/evidence.py polnear ~/corpora/polnear/dev --format json

Prints ``{"task", "scores": {…}, "n"}``. What each score means is fixed in docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

CORPORA = ("polnear", "lgl", "recognizers", "muc", "copies")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", choices=CORPORA)
    parser.add_argument("path", type=Path, help="Folder or file in the layout of the corpus.")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument(
        "--part",
        choices=("all", "even", "odd"),
        default="all",
        help="Only the documents whose name has an even or odd SHA-256.",
    )
    options = parser.parse_args()
    if not options.path.exists():
        parser.error(f"{options.path} does not exist")
    sys.path.insert(0, str(Path(__file__).parent))
    corpus = importlib.import_module(f"evidence_corpora.{options.corpus}")
    result = corpus.score(options.path, options)
    if options.format == "json":
        print(json.dumps(result, ensure_ascii=False, sort_keys=True))
        return
    print(f"{result['task']}, n = {result['n']}")
    for name, value in result["scores"].items():
        print(f"  {name:40} {value:.3f}" if isinstance(value, float) else f"  {name:40} {value}")


if __name__ == "__main__":
    main()
