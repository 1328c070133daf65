"""Which pages there are. Plain data: the frame builds its menu from it, the server knows its addresses by it."""

from __future__ import annotations

MENU: dict[str, list[tuple[str, str, str]]] = {
    "": [("overview", "Overview", ":material/home:")],
    "Look at faces": [
        ("predict", "Predict", ":material/face:"),
        ("explain", "Explain", ":material/frame_inspect:"),
        ("drowsiness", "Drowsiness", ":material/bedtime:"),
    ],
    "Look inside": [
        ("mixing", "Mixing lab", ":material/blender:"),
        ("space", "Feature space", ":material/scatter_plot:"),
        ("leakage", "Identity leakage", ":material/fingerprint:"),
    ],
    "Evidence": [
        ("results", "Results", ":material/monitoring:"),
        ("studies", "Studies", ":material/science:"),
        ("data", "Data", ":material/database:"),
    ],
    "Share": [("teach", "Teach", ":material/school:"), ("report", "Report", ":material/description:")],
}
"""Group -> (file below views/, title, symbol). A page that does not exist yet is not listed."""

FIRST = "overview"
"""The page at the bare address."""

ADDRESSES = frozenset(name for entries in MENU.values() for name, _, _ in entries if name != FIRST)
"""Last steps of the addresses of all other pages."""
