"""How `fer weights` speaks of a row and of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fer_core.pretrained.known import Known


def facts(row: Known) -> dict[str, Any]:
    """A row as JSON and metadata tell it."""
    return {
        "name": row.name,
        "backbones": list(row.architectures),
        "trained_on": row.trained_on,
        "file": row.file,
        "bytes": row.bytes,
        "licence": row.licence,
        "source": row.source,
        "url": row.url,
        "published_sha256": row.sha256,
        "paper": row.paper,
        "input": row.input,
    }


def taken_in(row: Known, path: Path) -> tuple[dict[str, Any], str]:
    """Document and text after weights came into the store."""
    from fer_core.pretrained.store import described

    about = described(path)
    document = {
        "name": row.name,
        "path": path,
        "source_file": about["source_file"],
        "source_sha256": about["source_sha256"],
        "licence": row.licence,
    }
    kind, options = row.backbone
    part = ", ".join([f"kind: {kind}", *(f"{key}: {str(one).lower()}" for key, one in options.items())])
    text = (
        f"{row.name}: {path}\nSHA-256 of {about['source_file']}: {about['source_sha256']}\nLicence: {row.licence}\n"
        f"A recipe starts from it with: backbone: {{{part}, weights: {row.trained_on}}}"
    )
    return document, text
