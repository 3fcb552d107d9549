"""Run a script with gil_load watching, as `python -m gil_load under_gil_load.py SCRIPT [ARGS]`."""

import gil_load  # type: ignore[import-not-found] # in its own venv
from _host import host, tell

gil_load.init()
gil_load.start()
took_s = host()
gil_load.stop()
_, threads = gil_load.get()
tell(waited_s=took_s * max(each["wait"] for each in threads.values()))
