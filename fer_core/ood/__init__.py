"""Whether a face is of the kind a run was judged on: the distance of its features to the run's validation features.

What a run keeps for it are sums over many pictures, never one picture's features. Torch-free but for `measuring`.
"""

from fer_core.ood.gaussian import Gaussian, fit
from fer_core.ood.reference import Reference, store_reference, usual

__all__ = ["Gaussian", "Reference", "fit", "store_reference", "usual"]
