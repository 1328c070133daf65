"""Parquet files of strangers are opened in a process of their own, and written anew.

A damaged file can end the process that reads it (pyarrow aborts on some), and a small one can unpack to more memory
than there is. Here only that process ends. Nothing touches the disk: the file goes in and comes out through pipes.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import suppress

MEMORY = 4 * 2**30
"""Bytes that the process may take."""
PATIENCE = 60
"""Seconds."""
_REFUSED = 3
"""Exit code where a sentence says why."""


def cleaned(name: str, content: bytes, rows: int, columns: int, values: int) -> bytes:
    """The same table as this machine's pyarrow writes it, which is safe to read.

    Args:
        name: How sentences call the file.
        content: The file.
        rows: So many at most.
        columns: So many at most.
        values: So many at most, in all columns together; and eight times as many bytes.

    Raises:
        ValueError: damaged, or larger: one sentence.
    """
    command = [sys.executable, "-m", __name__, str(rows), str(columns), str(values)]
    # The system's own allocator: others reserve more address space than the process may have.
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, env=environment, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"{name} takes more than {PATIENCE} seconds to open; use fer leakage for it") from None
    if done.returncode == _REFUSED:
        raise ValueError(f"{name} {done.stderr.decode('utf-8', 'replace').strip()}")
    if done.returncode or not done.stdout:
        raise ValueError(f"{name} is damaged, or no parquet file")
    return done.stdout


def rewrite(content: bytes, rows: int, columns: int, values: int) -> bytes:
    """What `cleaned` has done elsewhere.

    Args:
        content: As there.
        rows: As there.
        columns: As there.
        values: As there.

    Raises:
        ValueError: as there, without the file's name.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        about = file.metadata
        groups = [about.row_group(one) for one in range(about.num_row_groups)]
        count = sum(group.column(one).num_values for group in groups for one in range(group.num_columns))
        for found, most, what in (
            (about.num_rows, rows, "rows"),
            (about.num_columns, columns, "columns"),
            (count, values, "values"),
        ):
            if found > most:
                raise ValueError(f"has {found:,} {what}, a page takes {most:,}; use fer leakage for it")
        table = file.read(use_threads=False)
        table.validate(full=True)
        if table.nbytes > 8 * values:
            raise ValueError(f"unpacks to {table.nbytes / 1e6:,.0f} MB, a page takes {8 * values / 1e6:,.0f}")
        sink = io.BytesIO()
        parquet.write_table(table, sink, compression="none")
    except MemoryError:
        raise ValueError("unpacks to more memory than a page may take; use fer leakage for it") from None
    except (pa.ArrowException, OSError, OverflowError) as error:
        raise ValueError(f"is damaged ({' '.join(str(error).split())[:120]})") from None
    return sink.getvalue()


def _main() -> int:
    with suppress(ImportError, ValueError, OSError):  # not every system can limit a process
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = rewrite(sys.stdin.buffer.read(), *map(int, sys.argv[1:4]))
    except ValueError as error:
        sys.stderr.write(str(error))
        return _REFUSED
    sys.stdout.buffer.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
