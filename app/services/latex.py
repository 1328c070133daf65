"""A table as LaTeX: for a paper, with where its numbers come from in the caption."""

from __future__ import annotations

import math
import re
from numbers import Integral, Real

import pandas as pd

_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "±": r"$\pm$", "−": "--", "·": r"\textperiodcentered{}", "→": r"$\rightarrow$",
}  # fmt: skip


def latex(table: pd.DataFrame, caption: str, label: str, digits: int = 4) -> str:
    """A ``table`` environment that needs the package booktabs; text is escaped, numbers stand right.

    Args:
        table: Its columns are the header.
        caption: Where the numbers come from.
        label: After ``tab:``.
        digits: Of numbers that are not whole.
    """
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(caption)}}}",
        rf"\label{{tab:{re.sub(r'[^A-Za-z0-9:-]+', '-', label)}}}",
        rf"\begin{{tabular}}{{{''.join('r' if one else 'l' for one in numeric)}}}",
        r"\toprule",
        " & ".join(escaped(str(name)) for name in table) + r" \\",
        r"\midrule",
        *(" & ".join(_cell(value, digits) for value in row) + r" \\" for row in table.itertuples(index=False)),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    return "".join(_SPECIAL.get(sign, sign) for sign in " ".join(text.split()))


def _cell(value: object, digits: int) -> str:
    if value is None or value is pd.NA or (isinstance(value, Real) and math.isnan(float(value))):
        return "--"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return f"${float(value):.{digits}f}$" if float(value) < 0 else f"{float(value):.{digits}f}"
    return escaped(str(value))
