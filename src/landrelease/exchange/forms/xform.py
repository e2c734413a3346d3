"""The form that phones load: the workbook through pyxform, checked with ODK Validate."""

from __future__ import annotations

import io
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pyxform.errors import PyXFormError
from pyxform.validators import odk_validate
from pyxform.xls2xform import convert

from ..problems import ExchangeError


class FormError(ExchangeError):
    """A form cannot be made or is not valid; the message says which and why."""


@dataclass(frozen=True)
class XForm:
    """An ODK XForm.

    Attributes
    ----------
    xml
        The form, UTF-8.
    warnings
        What pyxform had to say.
    """

    xml: bytes
    warnings: tuple[str, ...]


def from_workbook(workbook: bytes, name: str) -> XForm:
    """Convert an XLSForm.

    Raises
    ------
    FormError
        When the workbook is no usable XLSForm; in the words of pyxform.
    """
    said: list[str] = []
    try:
        result = convert(io.BytesIO(workbook), warnings=said, file_type=".xlsx")
    except PyXFormError as error:
        raise FormError(f"the form {name} cannot be converted: {error}") from error
    return XForm(result.xform.encode(), tuple(said))


def validate(xml: bytes, name: str) -> list[str]:
    """Check an XForm with ODK Validate, the engine of ODK Collect.

    Returns
    -------
    list of str
        Its warnings.

    Raises
    ------
    FormError
        When the form is not valid, or there is no Java to run the check with.
    """
    if shutil.which("java") is None:
        raise FormError(
            f"the form {name} was not checked: ODK Validate needs Java "
            "(on Debian and Ubuntu: apt install default-jre-headless)"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xml"
        path.write_bytes(xml)
        try:
            return list(odk_validate.check_xform(str(path)))
        except odk_validate.ODKValidateError as error:
            raise FormError(f"the form {name} is not valid: {error}") from error
