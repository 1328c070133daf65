"""Where in a face the evidence lies, and whether to believe the map that says so.

`maps`: Grad-CAM and its kin (`methods`) for any label, layer and branch (`branches`); `comparing`: several side by
side. `masks`: what a masking network strengthens. `faithfulness` and `randomised`: two tests of a map. `averages`: the
mean map of a class. `mixed`: both labels of a mixed face.
"""

from fer_core.explain.averages import Averages, ClassAverage, average_maps
from fer_core.explain.branches import DECISION, Branch, branch_of, branches
from fer_core.explain.comparing import KINDS, Panel, scales, side_by_side
from fer_core.explain.faithfulness import Faithfulness, faithfulness
from fer_core.explain.maps import Explanation, explain, explain_face, explain_many, lock_of
from fer_core.explain.masks import MaskMaps, has_masks, masks_of
from fer_core.explain.methods import METHODS, Method
from fer_core.explain.mixed import MixedFace, explain_mixed
from fer_core.explain.randomised import Randomised, randomised_weights

__all__ = [
    "DECISION",
    "KINDS",
    "METHODS",
    "Averages",
    "Branch",
    "ClassAverage",
    "Explanation",
    "Faithfulness",
    "MaskMaps",
    "Method",
    "MixedFace",
    "Panel",
    "Randomised",
    "average_maps",
    "branch_of",
    "branches",
    "explain",
    "explain_face",
    "explain_many",
    "explain_mixed",
    "faithfulness",
    "has_masks",
    "lock_of",
    "masks_of",
    "randomised_weights",
    "scales",
    "side_by_side",
]
