"""Every part a recipe can name, with its options; torch-free, so that forms and ``fer recipes`` open at once."""

from fer_core.catalogue.backbones import BACKBONES
from fer_core.catalogue.heads import HEADS
from fer_core.catalogue.losses import LOSSES
from fer_core.catalogue.mixings import MIXINGS
from fer_core.catalogue.optimisers import OPTIMISERS, SCHEDULES
from fer_core.catalogue.penalties import PENALTIES

__all__ = ["BACKBONES", "HEADS", "LOSSES", "MIXINGS", "OPTIMISERS", "PENALTIES", "SCHEDULES"]
