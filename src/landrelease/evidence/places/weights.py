"""The weights of finding and resolving place names, few enough to be read.

``FINDING`` adds up to the log odds that a name of the gazetteer names a place here. It was fitted
(logistic regression with an L2 penalty of 0.35, rounded to a tenth) on the half of two news corpora
that docs/evaluation/places.md names; no word of them is in here. ``RESOLVING`` was chosen by hand,
value by value, on the same half.
"""

FINDING: dict[str, float] = {
    # of the name itself and the places that have it
    "a_district": -1.4,
    "a_first_name": -1.1,
    "a_person": -3.1,
    "a_road": -0.8,
    "a_water": -0.1,
    "abbreviated": 3.2,
    "adjective": 3.8,
    "always": -0.9,
    "common_word": -2.3,
    "country": 2.8,
    "first_name_capital": -1.5,
    "other_only": -2.4,
    "other_people": -0.3,
    "people": 1.3,
    "province": 1.2,
    "senses": 0.4,
    "several_words": 1.7,
    "short_word": -1.3,
    "small_elsewhere": -0.5,
    "wide": 1.4,
    # what stands before it
    "before_a": 0.8,
    "before_an": 1.0,
    "before_and": 0.5,
    "before_by": -0.1,
    "before_capital": -1.7,
    "before_capital_first": -1.1,
    "before_comma": -0.3,
    "before_comma_place": 2.0,
    "before_direction": 1.3,
    "before_direction_capital": -2.4,
    "before_first_name": -1.5,
    "before_for": 0.4,
    "before_initial": 1.5,
    "before_institute_of": 0.5,
    "before_number": 0.2,
    "before_of": 1.1,
    "before_on": 1.2,
    "before_or": 1.2,
    "before_place": -2.0,
    "before_preposition": 1.4,
    "before_small": -0.2,
    "before_that": 0.2,
    "before_the": 0.6,
    "before_title": 0.4,
    "begins": 0.1,
    # what stands after it
    "after_age": -0.3,
    "after_body": -0.3,
    "after_capital": -1.8,
    "after_container": 1.3,
    "after_hyphen_small": -0.3,
    "after_kind": 1.2,
    "after_mark": -0.1,
    "after_number": -1.6,
    "after_place": -2.2,
    "after_possessive": -0.7,
    "after_saying": -2.1,
    # the rest of the text
    "sure_elsewhere": 0.9,
}

RESOLVING: dict[str, float] = {
    "people": 0.65,  # times the decimal logarithm of the inhabitants
    "continent": 2.0,  # by kind of place
    "country": 2.0,
    "admin1": 1.0,
    "admin2": -1.0,
    "region": 1.0,
    "sea": 0.0,
    "unit": 1.0,
    "city": 0.0,
    "capital": 0.7,  # of a country
    "of_its_city": -2.5,  # a province named after its city
    "own": 0.0,  # by how the name belongs to the place
    "other": -1.5,
    "short": -1.5,
    "abbreviated": 0.0,
    "adjective": 0.0,
    "said_district": 3.0,  # "X County": the district
    "home": 3.0,  # the publisher's place
    "home_country": 1.5,
    "reach": 80.0,  # kilometres over which towns support each other (exponential)
    "near": 5.0,  # support of a town close by
    "same_country": 0.9,  # support of a place in the same country
    "same_province": 2.0,  # support of a place in the same province
    "crowd": 0.2,  # how much less each of many names counts
}
