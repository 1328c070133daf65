"""Long work as processes of their own: it outlives the tab, the app, and the app's being killed. State in files.

A job is one command. Its keeper (`app.jobs.keeper`), a small process, waits for the job's turn, runs the command, and
writes down how it ended. Nobody has to watch: keepers take turns by a lock that the kernel takes from whoever dies.
"""

from app.jobs.control import annotate, delete, resume, start, stop
from app.jobs.record import Job, State, document, find, jobs, state, tail, waits_behind

__all__ = [
    "Job",
    "State",
    "annotate",
    "delete",
    "document",
    "find",
    "jobs",
    "resume",
    "start",
    "state",
    "stop",
    "tail",
    "waits_behind",
]
