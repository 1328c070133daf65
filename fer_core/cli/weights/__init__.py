"""`fer weights`: known pre-trained weights; what is here, get one, take one in, check. One file per command."""

from __future__ import annotations

from fer_core.cli.harness import command, group
from fer_core.cli.weights.fetching import fetch
from fer_core.cli.weights.importing import take_in
from fer_core.cli.weights.listing import show
from fer_core.cli.weights.verifying import verify

app = group("Pre-trained weights: list (the default), fetch, import a file you have, verify.", default="list")

command(app, "list")(show)
command(app)(fetch)
command(app, "import")(take_in)
command(app)(verify)
