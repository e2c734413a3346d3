"""The API, version 1: layers for GIS clients (OGC API Features) and records, submissions, the
ledger, claims and webhooks (REST), for the same callers and by the same rules as the pages.

Every answer comes from :mod:`landrelease.register.access`; nothing here decides who sees what.
"""
