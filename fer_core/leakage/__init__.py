"""How much of who somebody is can be read from features that should say how somebody is. Torch-free.

`identification` is the published test and a pure function of arrays; `leakage_of` measures a table with everything that
belongs beside it; `examine` gives the trials themselves, too.
"""

from fer_core.leakage.identification import Identification, Matches, identification, matches
from fer_core.leakage.measuring import ALL, TRIALS, Examination, examine, leakage_of, states_of
from fer_core.leakage.spectrum import effective_rank
from fer_core.leakage.verification import error_rates, verification

__all__ = [
    "ALL",
    "TRIALS",
    "Examination",
    "Identification",
    "Matches",
    "effective_rank",
    "error_rates",
    "examine",
    "identification",
    "leakage_of",
    "matches",
    "states_of",
    "verification",
]
