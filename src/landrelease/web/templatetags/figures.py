"""How figures and times are written on pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from landrelease.web import journal_words, measures, vocabularies

register = template.Library()


@register.filter
def area(mm2: int | None) -> SafeString:
    """An area of whole mm²: rounded for people, the exact figure beside it."""
    if mm2 is None:
        return not_recorded()
    return format_html(
        '<data class="area" value="{}" title="{}">{}</data>',
        mm2,
        gettext("booked: %s") % measures.exact(mm2),
        measures.from_mm2(mm2),
    )


@register.filter
def area_text(mm2: int) -> str:
    """An area of whole mm² rounded for people, without markup."""
    return measures.from_mm2(mm2)


@register.filter
def area_exact(mm2: int) -> str:
    """An area of whole mm² with all digits, without markup."""
    return measures.exact(mm2)


@register.filter
def declared(m2: Decimal) -> SafeString:
    """A declared area in m²: rounded for people, as stated beside it."""
    return format_html(
        '<data class="area" value="{}" data-unit="m2" title="{}">{}</data>',
        m2,
        gettext("declared: %s m²") % m2,
        measures.from_m2(m2),
    )


@register.filter
def whole(number: int | Decimal) -> str:
    """A whole number with its thousands set apart."""
    return number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def amount(value: int | Decimal, unit: str) -> SafeString | str:
    """A figure in its unit: areas rounded with the exact figure beside them, counts as they are."""
    if unit == "mm2":
        return area(int(value))
    if unit == "m2":
        return declared(Decimal(value))
    return whole(value)


@register.simple_tag
def traced(value: int | Decimal | None, figure: str, unit: str = "mm2") -> SafeString:
    """A figure as a link to where it comes from; without an id, the figure alone."""
    if value is None:
        return not_recorded()
    shown = amount(value, unit)
    if not figure:
        return format_html("{}", shown)
    return format_html('<a class="traced" href="{}">{}</a>', reverse("trace", args=[figure]), shown)


@register.filter
def moment(text: str | None) -> SafeString:
    """A recorded time as people read it (UTC), the exact one beside it."""
    if not text:
        return not_recorded()
    when = datetime.fromisoformat(text)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', text, text, date_format(when, "DATETIME_FORMAT")
    )


@register.filter
def day(text: str | date | None) -> SafeString:
    """A day, or a month or year, as people read it; the exact one beside it.

    What is neither (an interval, a day with its time) stands as it is.
    """
    if not text:
        return not_recorded()
    exact = text.isoformat() if isinstance(text, date) else text
    return format_html('<time datetime="{}">{}</time>', exact, _day(exact))


def _day(exact: str) -> str:
    try:
        if len(exact) == len("2024-06"):
            return date_format(date.fromisoformat(f"{exact}-01"), "F Y")
        return date_format(date.fromisoformat(exact), "DATE_FORMAT")
    except ValueError:
        return exact


@register.filter
def row_label(label: str) -> str:
    """What a row is called: words of the register's own are translated, names stay as they are."""
    return vocabularies.row_label(label)


@register.simple_tag
def not_recorded() -> SafeString:
    """What stands where a value is absent: never a zero, never a blank."""
    return format_html('<span class="absent">{}</span>', gettext("not recorded"))


@register.simple_tag
def field_label(record_type: str, name: str) -> str:
    """What a value of the journal is called."""
    return journal_words.label(record_type, name)


@register.simple_tag
def journalled(record_type: str, name: str, value: Any) -> SafeString | str:
    """The value of a field as the journal holds it, in words; an exact area beside it."""
    if name.endswith("_mm2") and value is not None:
        return area(int(value))
    return journal_words.value(record_type, name, value)
