"""The register: record types, submissions, decisions and the journal.

Django models live in :mod:`.models`; they are usable once a workspace is open
(:func:`landrelease.register.workspace.open_workspace`).
"""
