"""A thread reads what a child writes now and then.

source: Comfy-Org/comfy-mcp#50
kind: uncontended
line: READ
harmful: processes | free-threaded
"""

import subprocess

command = "for i in 1 2 3 4 5 6 7 8; do sleep 0.1; echo $i; done"
with subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE) as child:
    while child.stdout.readline():  # READ
        pass
