"""A program asks without a pause whether a child has ended, and has nothing else to do.

source: openshift-eng/doozer#36
kind: uncontended
harmful: processes | free-threaded | asyncio
"""

import subprocess

with subprocess.Popen(["sleep", "0.8"]) as child:
    while child.poll() is None:
        pass
