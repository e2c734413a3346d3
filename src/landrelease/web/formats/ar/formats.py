"""How dates and numbers are written in Arabic."""

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
#: Long numbers are set in threes, as in the other languages; a point could be taken for that
#: before decimals.
NUMBER_GROUPING = 3
THOUSAND_SEPARATOR = "\N{NO-BREAK SPACE}"
