"""Sentences that are stored as text and told on pages: what checks found, what lowers caution, why
land is in question.

They are composed where they are found, some in packages that know no translation, and kept in
English. This lists them once more, with ``%(name)s`` for each value, so that :mod:`.told` can
recognise them; a test composes each of them anew and fails when one has changed there and not here.
Not listed are what readers of files say about single cells (:mod:`landrelease.exchange`): there are
a hundred, and they stand on pages in English, marked as such.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as _

#: What checks of places found (:mod:`landrelease.land.checks`).
PLACES: Final = (
    _("Row %(row)s: %(found)s"),
    _("the polygon has fewer than 3 distinct vertices: it is a point or a line. Look the "
      "coordinates up in the source."),
    _("has no geometry: the record is kept, its place is not recorded."),
    _("its geometry is empty: the record is kept, its place is not recorded."),
    _("a %(wanted)s is needed, this is a %(kind)s. Its area cannot be known from it."),
    _("has coordinates outside ±180° longitude or ±90° latitude, or that are no numbers. Is the "
      "coordinate system right, are longitude and latitude swapped?"),
    _("lies at longitude 0, latitude 0, where missing coordinates end up."),
    _("lies %(km)s km from the middle of the other records%(hint)s."),
    _("lies %(km)s km from the middle of the other records."),
    _("the polygon is invalid (%(reason)s near %(place)s): it has no definite area. Correct it in "
      "the source, or ask for a repair."),
    _("the polygon is invalid (%(reason)s): it has no definite area. Correct it in the source, or "
      "ask for a repair."),
    _("%(number)s vertices repeat the one before; the area is not affected."),
    _("%(number)s pairs of consecutive vertices are more than %(apart)s m apart, the longest "
      "%(longest)s m: is a vertex mistyped?"),
    _("has the same geometry as row %(other)s: is it the same area recorded twice?"),
    _("its parts overlap by %(share)s %% of their union: their areas must not be summed."),
    _("measures only %(area)s m²: is it a remnant of a re-traced boundary?"),
    _("shares %(area)s m² with row %(other)s: ground is counted once, under the more cautious "
      "status."),
    _("%(declared)s m² are declared, the polygon measures %(measured)s m² (%(ratio)s). Ask the "
      "source which one is meant."),
    _("lies outside all %(number)s administrative units. Check the coordinates and the "
      "boundaries."),
    _("names %(unit)s, but lies wholly outside that unit. Check the name and the coordinates."),
    _("names %(unit)s, but %(share)s of it lies outside that unit. Check the name and the "
      "coordinates."),
    _("as received the ring touches or crosses itself within less than a millimetre; at whole "
      "millimetres it is valid and has a definite area"),
)  # fmt: skip

#: What such a finding supposes to be the cause.
CAUSES: Final = (
    _("%(number)s times"),
    _("declared in square kilometres?"),
    _("declared in hectares?"),
    _("declared in dunams (1,000 m²)?"),
    _("declared in ares, or two digits lost?"),
    _("two digits too many?"),
    _("converted from hectares twice?"),
    _("converted from square kilometres twice, or in mm²?"),
    _("; it would lie among them if %(cause)s"),
    _("the longitude has the wrong sign"),
    _("the latitude has the wrong sign"),
    _("both signs are wrong"),
    _("longitude and latitude are swapped"),
    _("polygon"),
    _("point"),
)

#: What is found in a delivery as a whole (:mod:`landrelease.register.assemble`, ``differences``).
DELIVERIES: Final = (
    _("the file holds no coordinates; its records have no place"),
    _("%(number)s records of this source are not in the file; they stay as they are (a record "
      "missing from a re-import is never closed)"),
    _("the hazard was voided, merged or split by a decision; the row is held: two people decide "
      "whether it comes back"),
    _("the personal data of %(ref)s were erased; those in this row were not taken, and the file as "
      "received cannot be read any more. Leave the person out of the next file; somebody who wants "
      "to be recorded again gets an id of their own"),
    _("%(field)s %(given)s (%(number)s rows) is no %(type)s of the register, or more than one "
      "bears that id; kept as given, not linked"),
    _("the id %(id)s was used in row %(row)s already, with the same content"),
    _("the id %(id)s was used in row %(row)s already, with other content: correct the id, or "
      "delete the row that is out of date"),
    _("the row says nothing: no field and no place: delete it at the source if it was left over"),
)  # fmt: skip

#: What of a delivery would lower caution (:mod:`landrelease.register.caution`).
CAUTION: Final = (
    _("a release that no longer stood would stand again"),
    _("land was released on this report; %(fields)s would change under it"),
    _("land was released on the work inspected and fell open when a visit failed; this would "
      "release it anew"),
    _("a confirmed area would no longer be confirmed"),
    _("the classes %(classes)s would be taken away"),
    _("contamination of unrecorded class would be narrowed to named classes"),
    _("the boundary would lose ground"),
    _("an invalid boundary would be replaced by a repaired one"),
    _("the date of information would move to later"),
    _("the declared area would shrink"),
    _("evidence would be withdrawn"),
    _("evidence would be taken from its hazard"),
    _("direct evidence would become indirect"),
    _("the date of information would move to earlier"),
    _("the document is for the tier %(tier)s; more readers would see it"),
)  # fmt: skip

#: Why released land is in question (:mod:`landrelease.register.questions`).
QUESTIONS: Final = (
    _("%(cause)s (%(when)s) %(where)s; %(release)s by %(activity)s is in question"),
    _("undated"),
    _("of %(day)s or before"),
    _("an undated release"),
    _("the release of %(day)s"),
    _("belongs to the hazard and has no place of its own"),
    _("is placed at the centre of a community, on or close to the land"),
    _("lies on the land or close to it"),
)

#: When something was said (:mod:`landrelease.evidence`).
TIMES: Final = (_("statement of the same speaker just before"),)

SENTENCES: Final = (*PLACES, *CAUSES, *DELIVERIES, *CAUTION, *QUESTIONS, *TIMES)
