"""Readers and writers of the formats people use.

>>> from landrelease.exchange import Mapping, open_source
>>> source = open_source("areas.gpkg")                               # doctest: +SKIP
>>> mapping = Mapping.guess("hazards", source.columns, source.hxl)   # doctest: +SKIP
>>> for batch in mapping.typed(source):                              # doctest: +SKIP
...     print(len(batch), batch.unusable.sum(), batch.problems[:3])

Three steps, each usable alone:

1. :func:`open_source` (:mod:`.read`) gives the rows of a file as they stand, in batches of
   bounded memory, with the numbers a person would count. Every record of the file comes out,
   also one without a place or with a broken one; the number of records in and out is compared.
2. :class:`Mapping` (:mod:`.mapping`) turns columns into the fields of a record type. What has
   two readings is not guessed; what cannot be taken over is kept as given beside the record, with
   a :class:`Problem` that names rule, row, field and remedy. Places may come from the columns of a
   table (:mod:`.coordinates`).
3. :func:`write` (:mod:`.write`) writes records to the same formats, streamed, whole or not at all.

GeoJSON, Esri JSON, maXML, CSV and XLSX are read by their own modules (:mod:`.geojson`,
:mod:`.esri`, :mod:`.maxml`, :mod:`.tables`), all other formats by GDAL through pyogrio
(:mod:`.vectors`), once :mod:`.signatures` has seen that a file is what its name says. Files that go
out to be edited and come back: :mod:`.editing`. Workbooks to fill in: :mod:`.template`. Tables for
Power BI: :mod:`.star`.
"""

from .mapping import Mapping, TypedBatch
from .problems import ExchangeError, Problem
from .read import open_source
from .source import RawBatch, Source
from .write import OutBatch, Written, write

__all__ = [
    "ExchangeError",
    "Mapping",
    "OutBatch",
    "Problem",
    "RawBatch",
    "Source",
    "TypedBatch",
    "Written",
    "open_source",
    "write",
]
