"""A run's report: one HTML file of what is stored with it, the command beside every figure. Torch-free.

Nothing is measured anew. What is not stored is named as absent, with the command that would measure it. Pictures are
never in it, and people only by number unless all of them are synthetic or whoever asks wants names.
"""

from fer_core.report.case import Case, splits_of
from fer_core.report.protocol import Check, checks
from fer_core.report.sections import NAMES, title_of
from fer_core.report.writing import Report, check_out, report, save

__all__ = ["NAMES", "Case", "Check", "Report", "check_out", "checks", "report", "save", "splits_of", "title_of"]
