"""Backbones: pictures in, named spaces and named maps out. Chosen by `fer_core.catalogue.BACKBONES`."""
