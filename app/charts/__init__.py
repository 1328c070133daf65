"""Data frame -> plotly figure. Pure: no Streamlit, no `fer_core`, nothing but its arguments.

Each figure says its n in the subtitle, its units in the axis titles, and names lines directly rather than in a legend.
Text and grid colours are left to the page's theme, so that one figure serves the light and the dark ground.
"""

from __future__ import annotations

from app.charts.comparison import agreement, differences, recalls
from app.charts.confidence import confidence, reliability
from app.charts.confusion import cell_of, confusion
from app.charts.curves import forgetting, perturbation
from app.charts.faces import heat_map, probability_bars
from app.charts.groups import group_of, groups
from app.charts.learning import learning
from app.charts.maps import maps, panel_of
from app.charts.mixing import along_lambda, beta_density, likeness, likeness_bars, loss_terms, three_answers
from app.charts.mixing_map import mixing_way
from app.charts.robustness import disturbed, lost
from app.charts.scores import per_class, twins
from app.charts.temperature import coverage, temperatures
from app.charts.timeline import timeline

__all__ = [
    "agreement",
    "along_lambda",
    "beta_density",
    "cell_of",
    "confidence",
    "confusion",
    "coverage",
    "differences",
    "disturbed",
    "forgetting",
    "group_of",
    "groups",
    "heat_map",
    "learning",
    "likeness",
    "likeness_bars",
    "loss_terms",
    "mixing_way",
    "lost",
    "maps",
    "panel_of",
    "per_class",
    "perturbation",
    "probability_bars",
    "recalls",
    "reliability",
    "temperatures",
    "three_answers",
    "timeline",
    "twins",
]
