"""Features from which who somebody is has been taken out linearly, in closed form. Torch-free.

`fit_eraser` is the published formula on arrays, `Moments` the same for tables that are larger than memory; `erase` fits
on some people of a table, applies to others, and says what is left of the person, of the state and of the rest.
"""

from fer_core.erasure.again import Erasure, erasure_of, space_of
from fer_core.erasure.eraser import Eraser, fit_eraser, identity_eraser, random_eraser, whitened
from fer_core.erasure.erasing import ERASED, erase
from fer_core.erasure.moments import Moments
from fer_core.erasure.stored import store_erasure, write_erased

__all__ = [
    "ERASED",
    "Eraser",
    "Erasure",
    "Moments",
    "erase",
    "erasure_of",
    "fit_eraser",
    "identity_eraser",
    "random_eraser",
    "space_of",
    "store_erasure",
    "whitened",
    "write_erased",
]
