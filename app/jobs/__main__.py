"""``python -m app.jobs FOLDER``: keeps the job of that folder."""

import sys
from pathlib import Path

from app.jobs.keeper import main

sys.exit(main(Path(sys.argv[1])))
