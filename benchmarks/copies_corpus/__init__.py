"""A made-up press: countries, events, reporters, and outlets that copy each other."""
