"""Files that we write: all or nothing, only what changed, and nothing that is not ours is ever removed."""

from slo_compiler.artifacts.locks import Held, alone, held
from slo_compiler.artifacts.notes import MARK, came_from, digest_of, header, is_ours, note
from slo_compiler.artifacts.outputs import Artifact, Change, Gone, LeadsOut, LeftOver, StillNeeded, Written, plan, sweep, write
from slo_compiler.artifacts.staging import part, remove_parts, replace, replaceable, stream, write_new

__all__ = [
    "MARK",
    "Artifact",
    "Change",
    "Gone",
    "Held",
    "LeadsOut",
    "LeftOver",
    "StillNeeded",
    "Written",
    "alone",
    "came_from",
    "digest_of",
    "header",
    "held",
    "is_ours",
    "note",
    "part",
    "plan",
    "remove_parts",
    "replace",
    "replaceable",
    "stream",
    "sweep",
    "write",
    "write_new",
]
