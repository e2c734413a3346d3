"""Names of months in the languages that reports are dated in."""

from __future__ import annotations

_ENGLISH_MONTHS = (
    "january jan",
    "february feb",
    "march mar",
    "april apr",
    "may",
    "june jun",
    "july jul",
    "august aug",
    "september sept sep",
    "october oct",
    "november nov",
    "december dec",
)
# As they stand behind a day: Spanish, French, Russian, Ukrainian, Arabic (Egypt and the Gulf; the
# Levant; the Maghreb).
_MONTHS_ABROAD = (
    "enero|janvier|января|январь|січня|січень|يناير|كانون الثاني|جانفي",
    "febrero|février|fevrier|февраля|февраль|лютого|лютий|فبراير|شباط|فيفري",
    "marzo|mars|марта|март|березня|березень|مارس|آذار|اذار",
    "abril|avril|апреля|апрель|квітня|квітень|أبريل|ابريل|إبريل|نيسان|أفريل",
    "mayo|mai|мая|май|травня|травень|مايو|أيار|ايار|ماي",
    "junio|juin|июня|июнь|червня|червень|يونيو|يونيه|حزيران|جوان",
    "julio|juillet|июля|июль|липня|липень|يوليو|يوليه|تموز|جويلية",
    "agosto|août|aout|августа|август|серпня|серпень|أغسطس|اغسطس|آب|أوت",
    "septiembre|setiembre|septembre|сентября|сентябрь|вересня|вересень|سبتمبر|أيلول|ايلول",
    "octubre|octobre|октября|октябрь|жовтня|жовтень|أكتوبر|اكتوبر|تشرين الأول|تشرين الاول",
    "noviembre|novembre|ноября|ноябрь|листопада|листопад|نوفمبر|تشرين الثاني",
    "diciembre|décembre|decembre|декабря|декабрь|грудня|грудень|ديسمبر|كانون الأول|كانون الاول",
)
MONTHS = {
    name: number
    for number, (english, abroad) in enumerate(
        zip(_ENGLISH_MONTHS, _MONTHS_ABROAD, strict=True), start=1
    )
    for name in (*english.split(), *abroad.split("|"))
}
