"""What a shell with job control does with one command on its terminal: job_shell.py COMMAND...

The terminal is stdin. The command runs in the foreground; whenever it stops, the shell says so and
continues it. The last line says by which signals it stopped and how it ended.
"""

import fcntl
import os
import signal
import sys
import termios

from _truth import ready, tell

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # so that it may take its terminal back
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
stops = []
while True:
    _, status = os.waitpid(job, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        break
    stops.append(signal.Signals(os.WSTOPSIG(status)).name)
    os.tcsetpgrp(0, os.getpgid(0))
    ready(job)
    input()  # until the user types `fg`
    os.tcsetpgrp(0, job)
    os.killpg(job, signal.SIGCONT)
os.tcsetpgrp(0, os.getpgid(0))
tell(stops=stops, status=os.waitstatus_to_exitcode(status))
