"""A published file is downloaded when somebody says so, checked, and taken into the store. Torch is loaded at its end.

What arrives is written to ``<file>.part`` and used only when it is whole and has the published SHA-256. An interrupted
download is gone on with the next time, where the server can.
"""

from __future__ import annotations

import http.client
import logging
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tqdm import tqdm

from fer_core.pretrained.known import Known
from fer_core.pretrained.store import DIGITS, digest, open_store

log = logging.getLogger(__name__)

TIMEOUT = 30.0
"""Seconds without a byte after which a download has failed."""
_CHUNK = 1 << 20


class FetchError(RuntimeError):
    """A download that did not end well; nothing of it is used."""


def fetch_weights(row: Known, replace: bool = False) -> Path:
    """Downloads a known file into the store.

    Args:
        row: Which weights.
        replace: Take the place of weights of that name that are already in the store.

    Returns:
        See `importing.import_weights`.

    Raises:
        ValueError: no direct address of it is known; says what to do.
        FileExistsError: the store holds these weights already.
        FetchError: the network failed, or what came is not the published file; nothing of it is used.
    """
    if row.url is None:
        raise ValueError(
            f"{row.name} cannot be fetched. It comes from {row.source}: fer weights import {row.name} FILE"
        )
    from fer_core.pretrained.importing import import_weights, refuse_second

    refuse_second(row, replace)
    log.info("%s: %s. Licence: %s", row.name, row.url, row.licence)
    part = open_store() / f"{row.file}.part"
    _download(row, part)
    found = digest(part)
    if row.sha256 and not found.startswith(row.sha256):
        part.unlink()
        raise FetchError(
            f"what came from {row.url} is not the published file: its SHA-256 begins with {found[:DIGITS]}, "
            f"the published one with {row.sha256[:DIGITS]}; it was thrown away"
        )
    try:
        return import_weights(row, part, replace)
    except ValueError as error:
        raise FetchError(f"what came from {row.url} cannot be used and was thrown away: {error}") from None
    finally:
        part.unlink(missing_ok=True)


def _download(row: Known, part: Path) -> None:
    """Fills ``part``, or says in one sentence why not; what arrived stays for the next time."""
    # Without a published SHA-256 nothing could tell whether two halves belong together.
    there = part.stat().st_size if part.is_file() and row.sha256 else 0
    try:
        with _open(str(row.url), there) as answer:
            resumed = answer.status == http.client.PARTIAL_CONTENT
            start = there if resumed else 0
            length = answer.headers.get("Content-Length")
            whole = start + int(length) if length else None
            if whole is not None and shutil.disk_usage(part.parent).free < 2 * whole - start:
                raise FetchError(f"{part.parent} has no room for {row.name}: twice its {whole / 1e6:.0f} MB are needed")
            bar = tqdm(
                total=whole, initial=start, unit="B", unit_scale=True, file=sys.stderr, disable=None, leave=False
            )
            with part.open("ab" if resumed else "wb") as written, bar:
                while chunk := answer.read(_CHUNK):
                    written.write(chunk)
                    bar.update(len(chunk))
    except urllib.error.HTTPError as error:
        raise FetchError(f"{row.url} answers {error.code} {error.reason}") from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", None) or error or type(error).__name__
        raise FetchError(f"{row.url} cannot be downloaded ({reason}); nothing of it is used, try again") from None
    arrived = part.stat().st_size
    if whole is not None and arrived != whole:
        raise FetchError(f"{row.url} broke off after {arrived} of {whole} bytes; nothing of it is used, try again")


def _open(url: str, there: int) -> Any:
    """The server's answer: what is missing of a file, or all of it where the server does not divide files."""
    headers = {"User-Agent": "fer"}
    try:
        ranged = {**headers, "Range": f"bytes={there}-"} if there else headers
        return urllib.request.urlopen(urllib.request.Request(url, headers=ranged), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if not there or error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
