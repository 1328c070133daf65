"""Features on a plane: PCA, t-SNE or UMAP, with figures that say how far the picture can be trusted. Torch-free.

A map is made once, kept with its run, and only read afterwards; what comes later is placed in it by its neighbours.
"""

from fer_core.projection.judging import JUDGED, NEIGHBOURS, judged
from fer_core.projection.laying import FIRST, METHODS, MOST_EXACT, kept, project
from fer_core.projection.mixed import Mixed, place_mixed
from fer_core.projection.placing import Placed, held_out, place, place_in
from fer_core.projection.storing import key_of, store_projection, stored_projection

__all__ = [
    "FIRST",
    "JUDGED",
    "METHODS",
    "MOST_EXACT",
    "NEIGHBOURS",
    "Mixed",
    "Placed",
    "held_out",
    "judged",
    "kept",
    "key_of",
    "place",
    "place_in",
    "place_mixed",
    "project",
    "store_projection",
    "stored_projection",
]
