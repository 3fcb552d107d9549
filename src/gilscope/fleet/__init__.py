"""Many traces as one program: of one host or of many, one file in memory at a time.

`analyze_files(files_of(paths))` gives a `Program`, like `analyze_program` of one trace; `open_all`
gives their rows.
"""

from gilscope.fleet.assemble import analyze_files
from gilscope.fleet.files import Files, files_of
from gilscope.fleet.opened import Opened, open_all, whereabouts

__all__ = ["Files", "Opened", "analyze_files", "files_of", "open_all", "whereabouts"]
