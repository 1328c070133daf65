"""`fer weights list`."""

from __future__ import annotations

from fer_core.cli.answers import Answer, table
from fer_core.cli.weights.wording import facts


def show() -> Answer:
    """List the known weights: what for, whether here, how their SHA-256 is known, under what terms."""
    from fer_core.pretrained.known import KNOWN
    from fer_core.pretrained.store import described, file_state, own_encoders, state_of, store_home

    rows = [{**facts(row), **state_of(row)} for row in KNOWN.values()]
    cells = []
    for row in rows:
        published = row["published_sha256"]
        known = (
            "none published" if published is None else "published" if len(published) == 64 else f"begins {published}"
        )
        get = "fetch" if row["url"] else "import"
        size = None if row["bytes"] is None else round(row["bytes"] / 1e6)
        cells.append([row["name"], get if row["path"] is None else "here", size, known, row["licence"]])
    text = table(["name", "", "MB", "SHA-256", "licence"], cells)
    here = [f"  {row['name']}: {row['path']}" for row in rows if row["path"] is not None]
    text += "\n\n" + ("Here:\n" + "\n".join(here) if here else f"None of them is here; the store is {store_home()}.")
    own = [
        {"name": name, "backbones": described(path).get("architectures", []), **file_state(path)}
        for name, path in own_encoders().items()
    ]
    if own:
        lines = [f"  {one['name']} ({', '.join(one['backbones'])}): {one['path']}" for one in own]
        text += "\n\nIdentity encoders of fer pretrain:\n" + "\n".join(lines)
    return Answer({"store": store_home(), "weights": rows, "encoders": own}, text)
