"""The demonstration: a made-up island programme, generated with a fixed seed.

>>> from pathlib import Path
>>> from tempfile import mkdtemp
>>> from landrelease.cli.demo import generate
>>> manifest = generate(Path(mkdtemp()))
>>> manifest.file("units.geojson").rows
17
"""

from .island import generate
from .manifest import DemoFile, Manifest, Planted

__all__ = ["DemoFile", "Manifest", "Planted", "generate"]
