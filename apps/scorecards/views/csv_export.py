"""Tables as CSV, at the address of their page."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse

# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_response(
    name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """Return the rows as a file for spreadsheets."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(header)
    writer.writerows(_safe(row) for row in rows)
    return response


def _safe(row: Sequence[object]) -> Iterator[str]:
    for value in row:
        text = "" if value is None else str(value)
        yield f"'{text}" if text.startswith(_FORMULA) else text


def share(value: float | None) -> str:
    """Return a share from 0 to 1 with three digits, or "" for None."""
    return "" if value is None else f"{value:.3f}"
