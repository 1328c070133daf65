"""`fer data`: what is in a data set, what is wrong with it, and how its faces are cut. One file per command."""

from __future__ import annotations

from fer_core.cli.data.auditing import audit
from fer_core.cli.data.describing import describe
from fer_core.cli.data.eyes import eyes
from fer_core.cli.data.framing import framing
from fer_core.cli.data.lids import lids
from fer_core.cli.data.people import people
from fer_core.cli.data.person import person
from fer_core.cli.data.preparing import prepare
from fer_core.cli.data.protocol import protocol
from fer_core.cli.harness import command, group

app = group(
    "Look at a data set before trusting it: describe, audit, framing; test by a published list: protocol; cut eyes or "
    "faces to learn from; lower the lids of real faces; draw synthetic people."
)

command(app)(describe)
command(app)(audit)
command(app)(framing)
command(app)(eyes)
command(app)(lids)
command(app)(people)
command(app)(person)
command(app)(prepare)
command(app)(protocol)
