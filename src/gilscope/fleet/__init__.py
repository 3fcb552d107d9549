"""Many traces as one program: of one host or of many, one file in memory at a time.

`analyze_files(files_of(paths))` gives a `Program`, like `analyze_program` of one trace.
"""

from gilscope.fleet.assemble import analyze_files, whereabouts
from gilscope.fleet.files import Files, files_of

__all__ = ["Files", "analyze_files", "files_of", "whereabouts"]
