"""How much of a model's accuracy is left when faces are covered, blurred, dark, turned or coarse.

Disturbances act on the crop at the resolution that the network reads: the model's eyes are judged, not the detector's.
"""

from fer_core.robustness.measuring import Robustness, landmarks_in, robustness, robustness_of, store, whole
from fer_core.robustness.sheet import disturbance_sheet

__all__ = ["Robustness", "disturbance_sheet", "landmarks_in", "robustness", "robustness_of", "store", "whole"]
