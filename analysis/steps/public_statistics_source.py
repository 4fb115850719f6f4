"""Read and check the two published country tables that ``data/public`` is derived from.

Input that cannot be right is refused at its first fault, with file, row, column, the value seen and
what would be right. What the publishers themselves printed against their own rules is named here.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

RUSSIA = "Russian Federation"
UN_MEASURES = ("egdi", "epi", "osi", "tii", "hci")
WB_MEASURES = ("gtmi", "cgsi", "psdi", "dcei", "gtei")
UN_COLUMNS = ("year", "country", *UN_MEASURES)
WB_COLUMNS = ("year", "country_code", "country_name", *WB_MEASURES)

#: Country codes of the 2020 wave that later waves write differently.
WB_CODES = {"ADO": "AND", "ROM": "ROU", "TMP": "TLS", "ZAR": "COD"}

#: Weights of (osi, tii, hci) in the EGDI; a third each in every edition not named here.
EGDI_WEIGHTS = {2008: (0.34, 0.33, 0.33), 2010: (0.34, 0.33, 0.33)}
#: How far a published total may lie from the total of its rounded parts.
TOTAL_TOLERANCE = 0.0002
#: Values above 1 that the UN survey printed, and totals that it printed off their parts: kept.
PRINTED_ABOVE_ONE = {
    (2003, "Micronesia (Federated States of)", "hci"),
    (2003, "Tuvalu", "hci"),
}
PRINTED_TOTALS = {(2008, "Cambodia"), (2008, "Cameroon")}


class InputError(ValueError):
    """Input that cannot be right; the message says where, what was seen, what would be right."""


@dataclass(frozen=True)
class Survey:
    """All countries of one survey: one row a country and edition, one column a measure."""

    name: str
    data: pd.DataFrame
    measures: tuple[str, ...]


# --- reading -------------------------------------------------------------------------------------


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers, once its header is seen to be right."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            header = next(reader, [])
            missing = [name for name in columns if header.count(name) != 1]
            if missing:
                raise InputError(
                    f"{path.name}, row 1: expected the column(s) {', '.join(missing)} once each, "
                    f"got {', '.join(header) or 'an empty file'}"
                )
            for cells in reader:
                if len(cells) != len(header):
                    raise InputError(
                        f"{path.name}, row {reader.line_num}: {len(cells)} cell(s); "
                        f"expected {len(header)}, one for each column"
                    )
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; expected a CSV file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name}: not a CSV file in UTF-8 ({error})") from None


def _fault(path: Path, line: int, column: str, seen: object, right: str) -> InputError:
    return InputError(f"{path.name}, row {line}, column {column}: {seen!r}; expected {right}")


def _year(path: Path, line: int, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1990 <= int(text) <= 2100):
        raise _fault(path, line, "year", text, "a year such as 2020")
    return int(text)


def _measure(path: Path, line: int, column: str, text: str, above_one: bool) -> float:
    right = "a number from 0 to 1"
    try:
        value = float(text)
    except ValueError:
        raise _fault(path, line, column, text, right) from None
    if not math.isfinite(value) or value < 0 or (value > 1 and not above_one):
        raise _fault(path, line, column, text, right)
    return value


def _check_total(path: Path, line: int, column: str, value: float, parts: float) -> None:
    if abs(value - parts) > TOTAL_TOLERANCE:
        raise _fault(path, line, column, value, f"the weighted mean of its parts, {parts:.5f}")


def read_un(path: Path) -> Survey:
    """The UN survey; a country whose EGDI is 0 was not surveyed in that edition and is left out.

    Raises
    ------
    InputError
        At the first thing that cannot be right, with file, row, column, value and expectation.
    """
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for line, row in _rows(path, UN_COLUMNS):
        year = _year(path, line, row["year"])
        country = row["country"].strip()
        if not country:
            raise _fault(path, line, "country", row["country"], "a country's name")
        if (year, country) in found:
            raise _fault(path, line, "country", country, f"one row for each country in {year}")
        values = {
            m: _measure(path, line, m, row[m], (year, country, m) in PRINTED_ABOVE_ONE)
            for m in UN_MEASURES
        }
        if values["egdi"] > 0 and (year, country) not in PRINTED_TOTALS:
            weights = EGDI_WEIGHTS.get(year, (1 / 3, 1 / 3, 1 / 3))
            parts = sum(w * values[m] for w, m in zip(weights, ("osi", "tii", "hci"), strict=True))
            _check_total(path, line, "egdi", values["egdi"], parts)
        found[year, country] = {"edition": year, "country": country, **values}
    data = pd.DataFrame([r for r in found.values() if r["egdi"] > 0])
    return Survey("un", _checked(path, data, RUSSIA), UN_MEASURES)


def read_wb(path: Path) -> Survey:
    """The World Bank index; country codes that changed between waves are brought together.

    Raises
    ------
    InputError
        As :func:`read_un`.
    """
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for line, row in _rows(path, WB_COLUMNS):
        year = _year(path, line, row["year"])
        code = WB_CODES.get(row["country_code"], row["country_code"])
        if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            raise _fault(path, line, "country_code", code, "three capital letters")
        if not row["country_name"].strip():
            raise _fault(path, line, "country_name", row["country_name"], "a country's name")
        if (year, code) in found:
            raise _fault(path, line, "country_code", code, f"one row for each country in {year}")
        values = {m: _measure(path, line, m, row[m], False) for m in WB_MEASURES}
        parts = sum(values[m] for m in WB_MEASURES[1:]) / 4
        _check_total(path, line, "gtmi", values["gtmi"], parts)
        name = row["country_name"].strip()
        found[year, code] = {"edition": year, "country": code, "name": name, **values}
    return Survey("wb", _checked(path, pd.DataFrame(found.values()), "RUS"), WB_MEASURES)


def _checked(path: Path, data: pd.DataFrame, russia: str) -> pd.DataFrame:
    if data.empty:
        raise InputError(f"{path.name}: no country with values; expected one row a country")
    for edition, rows in data.groupby("edition"):
        if russia not in set(rows["country"]):
            raise InputError(f"{path.name}: no values for {russia} in {edition}; expected a row")
    return data.sort_values(["edition", "country"], ignore_index=True)
