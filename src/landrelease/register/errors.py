"""The errors a caller of the register may meet; each says what is wrong and what to do."""

from __future__ import annotations


class RegisterError(Exception):
    """Something about the register is not as it must be."""


class WorkspaceError(RegisterError):
    """The workspace cannot be opened or made."""


class JournalError(RegisterError):
    """The journal is broken, or was about to be."""


class SubmissionError(RegisterError):
    """A submission cannot be taken in as asked."""


class QuotaExceeded(SubmissionError):
    """Somebody has handed in as much today as the profile allows."""


class DecisionRefused(RegisterError):
    """A person may not decide this, or not yet."""


class BackupError(RegisterError):
    """A backup cannot be made, read or put back."""
