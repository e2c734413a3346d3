"""Sentences that are stored as text and told on pages: what checks found, what lowers caution, why
land is in question.

They are composed where they are found, some in packages that know no translation, and kept in
English. This lists them once more, with ``%(name)s`` for each value, so that :mod:`.told` can
recognise them; tests compose them anew, or read them where they are composed, and fail when one has
changed there and not here.
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

#: What readers of files say about single cells (:mod:`landrelease.exchange.values`).
CELLS: Final = (
    _("%(text)s is yes or no, not a number"),
    _("%(text)s is not a number"),
    _("%(text)s is not a number: %(why)s"),
    _("the marks in it are in disorder"),
    _("the marks are in disorder"),
    _("the decimal mark of this column is %(mark)s"),
    _("the unit %(unit)s is not known here: known: %(known)s"),
    _("%(text)s can be read with thousands or with decimals: state numbers: {decimal: ','} "
      "or numbers: {decimal: '.'} in the mapping"),
    _("%(text)s is below zero: counts and areas never are"),
    _("%(text)s is not a whole number"),
    _("%(text)s is no date"),
    _("the number %(number)s was read as Excel's day %(day)s: format the column as a date"),
    _("%(text)s is no date that is understood: write YYYY-MM-DD"),
    _("%(text)s is not a date (YYYY-MM-DD)"),
    _("%(text)s lies outside %(first)s to %(last)s"),
    _("%(text)s is no day of the calendar"),
    _("%(text)s ends before it begins"),
    _("%(text)s is no month"),
    _("the year is written %(text)s; read as %(year)s: export the year as text or without "
      "separators"),
    _("%(text)s can be %(one)s or %(other)s; the interval covers both: state dates: {order: "
      "dmy} or dates: {order: mdy} in the mapping"),
    _("%(text)s is none of %(choices)s: say in the mapping under values: which code it means"),
    _("%(text)s is none of %(choices)s"),
    _("%(part)s in %(text)s is none of %(choices)s: say in the mapping under values: which "
      "class it means"),
    _("%(text)s is not yes or no"),
    _("%(text)s is not true or false"),
    _("blanks around the id %(text)s were cut off: correct it at the source, other systems "
      "may tell the two apart"),
    _("%(field)s: is required by the national profile and not recorded"),
)  # fmt: skip

#: About columns and rows (:mod:`landrelease.exchange.mapping`).
COLUMNS: Final = (
    _("day %(day)s of %(year)s without a month"),
    _("ends (%(end)s) before it begins (%(start)s)"),
    _("%(text)s has no year"),
    _("%(number)s rows left out by where:, first row %(row)s"),
    _("not readable as %(what)s"),
    _("the column %(column)s holds words of %(other)s, not of %(name)s; nothing of it was "
      "taken over: state in the mapping: columns: {%(columns)s}"),
    _("the column %(column)s holds words of %(other)s, not of %(name)s, and %(theirs)s the "
      "other way round; nothing of it was taken over: state in the mapping: columns: "
      "{%(columns)s}"),
    _("%(field)s is not recorded, and without it a %(record)s says nothing: fill it in, or "
      "state in the mapping which column it is"),
    _("%(columns)s could all be %(field)s; %(first)s is taken, the others are kept as extra: "
      "state it in a mapping"),
)  # fmt: skip

#: About places in columns (:mod:`landrelease.exchange.coordinates`).
COORDINATES: Final = (
    _("%(found)s: the record is kept without a place"),
    _("only one coordinate is given, %(missing)s is empty: the record is kept without a "
      "place"),
    _("both coordinates are 0, which programs write for none: the record is kept without a "
      "place"),
    _("%(text)s is no angle"),
    _("%(text)s has two letters"),
    _("%(text)s is no longitude"),
    _("%(text)s is no latitude"),
    _("%(text)s has 60 or more minutes or seconds"),
    _("%(text)s lies outside ±%(limit)s°; are the two columns swapped?"),
    _("%(text)s is no plain number"),
    _("%(text)s is no plain number (%(why)s)"),
    _("%(zone)s is no UTM zone (1 to 60, such as 33N)"),
    _("zone %(zone)s: S can mean south, or band S, which is north; state the hemisphere"),
    _("zone %(zone)s: north or south is not stated"),
    _("%(text)s is neither north nor south"),
    _("the reference names a square of %(side)s m; its middle is taken"),
    _("%(text)s is no MGRS reference (such as 33TXK1234567890); an even number of digits, at "
      "least two, must follow the letters"),
    _("%(text)s is no MGRS reference (%(why)s)"),
    _("vertex %(number)s (%(text)s) is not 'lat lon' or 'lat lon alt acc'"),
    _("a point has one vertex, not %(number)s"),
    _("a line needs at least two different vertices"),
    _("a polygon needs at least three different vertices"),
    _("leg %(number)s (%(text)s) is not 'bearing/distance'"),
    _("there is no leg"),
    _("leg %(number)s: %(found)s"),
    _("leg %(number)s: the bearing %(bearing)s is not between 0 and 360 degrees"),
    _("leg %(number)s: the distance %(distance)s is not above zero"),
    _("the outline of %(perimeter)s m misses its start by %(gap)s m"),
    _("the outline of %(perimeter)s m misses its start by %(gap)s m: more than 1 in 100: "
      "check bearings and distances"),
    _("the outline of %(perimeter)s m has no closing leg, so nothing checks it"),
    _("two vertices have the same sequence number: these are taken as they stand in the file"),
    _("the order of the vertices is not clear: %(why)s: they are taken as they stand in the "
      "file"),
    _("the row says no record to which it belongs: fill in the id"),
    _("the place of this record cannot be built: %(found)s: the record is kept without a "
      "place"),
    _("differs from row %(row)s of the same record, which is taken"),
)  # fmt: skip

#: About files of one format or another (:mod:`landrelease.exchange`).
FILES: Final = (
    _("the service cut its answer off after %(number)s records; there are more: ask for the "
      "next pages (resultOffset) and join the answers into one file"),
    _("the file does not say its coordinate system: state it (--crs EPSG:…, or crs: in the "
      "mapping file)"),
    _("the code %(code)s is not in the domain of %(field)s: the code is kept as it is"),
    _("%(field)s has times of the day; the day is taken as it is in UTC: where days were "
      "entered in local time, one near midnight may be the neighbouring day"),
    _("all rings run counter-clockwise, as holes do: they were read as outlines"),
    _("the file says %(found)s; read as %(wanted)s, as you asked"),
    _("GeoJSON is in %(found)s; read as %(wanted)s, as you asked"),
    _("an element of the feature set is no feature: kept as an empty row"),
    _("an element of the collection is no feature: kept as an empty row"),
    _("%(number)s milliseconds since 1970 are no date that exists: kept as the number"),
    _("%(found)s: the record is kept without a place; correct it at the source"),
    _("a ring has fewer than three different vertices: it encloses nothing and was left out; "
      "correct it at the source"),
    _("%(which)s of part %(part)s has fewer than three different vertices: it encloses "
      "nothing and was left out; correct it at the source"),
    _("a hole lies in no outline: it was read as an outline, so that no ground is lost"),
    _("%(found)s: the record is kept without a place, its coordinates beside it; enter the "
      "outline by hand"),
    _("elements that name persons were not read: %(names)s: they stay in the file as "
      "received"),
    _("the file states the datum %(datum)s; no place was taken from it: convert the "
      "coordinates to WGS 84 in the program it comes from"),
    _("the row has %(number)s cells, more than the %(expected)s of the header: check for a "
      "delimiter inside a text without quotes"),
    _("the row has %(number)s cells, fewer than the %(expected)s of the header: check for a "
      "delimiter inside a text without quotes"),
    _("the text is not UTF-8 (near byte %(at)s of a block); read as Windows-1252: look at "
      "letters with accents; if they are wrong, state the encoding"),
    _("an apostrophe that keeps a text from being run as a formula was taken away, first in "
      "row %(row)s: the file as received has it still"),
    _("row %(row)s is the example of the template and was not read: if it is a record, write "
      "over the cell that says %(cell)s"),
    _("%(number)s row(s) above the header in row %(row)s are a title, not records: "
      "%(titles)s"),
    _("column %(column)s has no heading"),
    _("the heading %(name)s stands twice; column %(column)s is called %(called)s: check "
      "which of the two is meant"),
    _("a ring did not end where it began; it was closed by its first vertex: no vertex was "
      "added elsewhere or moved"),
    _("whole number above 2^53 in a column with missing values: store such numbers as text"),
    _("the geometry has fewer than three different vertices or is damaged: the record is "
      "kept without a place; correct it at the source"),
)  # fmt: skip

#: About filled-in forms (:mod:`landrelease.exchange.forms`).
FORMS: Final = (
    _("%(field)s has %(corners)s, %(what)s; it was kept as the line or point it is: ask the "
      "team for the boundary"),
    _("1 corner"),
    _("%(number)s corners"),
    _("an area needs three"),
    _("a line needs two"),
    _("%(number)s of %(all)s vertices of %(field)s have no accuracy: they were put on a map, "
      "not measured"),
    _("the trace of %(field)s ends where it began; it was taken as the outline of an area"),
    _("vertex %(number)s of %(field)s is no latitude and longitude; it was left out: look at "
      "the place in the form as received"),
    _("%(number)s entries of %(group)s hold no answer; they are no records"),
    _("%(number)s of the pictures that the form names have not come (a phone may send them later, "
      "with the same form); ask the team if they stay away"),
    _("%(number)s answers that this version of the form does not know were left in the form "
      "as received, which is sealed"),
    _("no position was safe to record: the centre of the community stands in for it, it is "
      "not the place itself"),
    _("the form holds a %(one)s and a %(other)s; the first was taken and the other kept"),
)  # fmt: skip

#: What the register finds in rows of a file (:mod:`landrelease.register.assemble`, ``returned``).
ROWS: Final = (
    _("the id has more than %(number)s characters: is the column really one of ids?"),
    _("the coordinates (%(x)s, %(y)s) are no longitude and latitude; state the coordinate "
      "system with --crs, or look for swapped or shifted columns"),
    _("a NUL character was replaced; the text was cut or damaged on its way"),
    _("a hazardous area on record never becomes an indication: its type stays %(type)s; void "
      "it on evidence if it is none"),
    _("an indication has no polygon and no size: what has one is a hazardous area, here held "
      "as suspected; record it as SHA or CHA"),
    _("%(record)s, %(field)s: exported as %(base)s, in the file %(theirs)s, in the register "
      "%(ours)s by now; the register's value stays until somebody decides"),
    _("the file has lost the list of what was exported, so rows deleted in it cannot be "
      "told; they close nothing either way"),
    _("of the two columns of a date only %(column)s is left: the date is not read and stays as it "
      "is: put the other column back to change dates"),
    _("%(number)s exported records are not in the file any more (%(named)s); they stay as "
      "they are (a row deleted in a file closes nothing)"),
    _("%(mark)s %(id)s is no record of this register: the file was exported from another "
      "one, or the mark was changed"),
    _("the id %(id)s stands in a new row before already; give it another"),
    _("%(record)s stands in %(number)s rows, as when an area is cut in two; none was taken "
      "over. Split it by a decision (landrelease hazard split), or clear %(marks)s of the "
      "rows that are new records"),
    _("%(record)s: version %(version)s with %(mark)s %(base)s is none that this register "
      "exported; restore %(column)s and %(mark)s, or export anew"),
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

#: What the register of treaty status remarks (:mod:`landrelease.treaty`), and what remarks stand in
#: its tables. Titles of sources and what states said are theirs, and stand as they are.
TREATIES: Final = (
    _("that nothing happened after %(day)s rests on a %(source)s"),
    _("the sources do not give the day, so it may be any of the possible standings"),
    _("applies the treaty's first obligations provisionally until it is bound"),
    _("has notified its withdrawal, which has not taken effect: it is bound on this day"),
    _("a contested event is going on; it does not change the standing"),
    _("the material ends %(day)s"),
    _("the material ends %(day)s; last known as %(standing)s, %(last)s"),
    _("as known in %(day)s; the day up to which that holds is not stated"),
    _("a successor state may be bound from the day of its succession, which the material does not "
      "give"),
    _("a successor state may be bound from the day of its succession or from its notification"),
    _("a withdrawal does not take effect before the end of an armed conflict in which the state is "
      "engaged (article %(article)s)"),
    _("two sources differ by a day; entry into force is the same"),
    _("the decree that approves the accession is of 12 January 2026; the day of the deposit is not "
      "in the material"),
    _("the day of the notice is not in the material"),
    _("the source is the list of Protocol I; a state joins the Convention with its first "
      "protocols"),
    _("the source gives this day as that of entry into force"),
    _("compilation"),
    _("memory"),
    _("not party"),
    _("signatory"),
    _("bound not yet"),
    _("party"),
    _("withdrawn"),
)  # fmt: skip

SENTENCES: Final = (
    *PLACES, *CAUSES, *DELIVERIES, *CELLS, *COLUMNS, *COORDINATES, *FILES, *FORMS, *ROWS, *CAUTION,
    *QUESTIONS, *TIMES, *TREATIES,
)  # fmt: skip
