"""Record a process that is running already, and leave it as it was.

`attach` is the way in. The process is looked at from outside (`target`), the recorder that fits its
Python is found (`recorders`), and a few lines of Python that load it are run there at a moment that
is safe for the interpreter (`request`, `agent`, `shipped.script`).
"""

from gilscope.record.attach.attachment import Attachment, Outcome, attach

__all__ = ["Attachment", "Outcome", "attach"]
