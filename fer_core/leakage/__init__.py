"""How much of who somebody is can be read from features that should say how somebody is. Torch-free.

`identification` is the published test and a pure function of arrays; `leakage_of` measures a table with everything that
belongs beside it.
"""

from fer_core.leakage.identification import Identification, identification
from fer_core.leakage.measuring import TRIALS, leakage_of
from fer_core.leakage.spectrum import effective_rank
from fer_core.leakage.verification import error_rates, verification

__all__ = [
    "TRIALS",
    "Identification",
    "effective_rank",
    "error_rates",
    "identification",
    "leakage_of",
    "verification",
]
