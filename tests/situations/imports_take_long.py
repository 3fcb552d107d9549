"""Importing takes most of the time, in the only thread that there is.

source: networkx/networkx#2900
kind: uncontended
harmful: processes | free-threaded | asyncio
"""

import importlib
import sys

for _ in range(12):
    for name in ("decimal", "argparse", "email.message", "unittest.mock", "xml.dom.minidom"):
        for each in [each for each in sys.modules if each.startswith(("email", "unittest", "xml"))]:
            del sys.modules[each]
        importlib.import_module(name)
