"""Signing in, the second factor, sessions, people, roles and tokens: the pages under /account/."""
