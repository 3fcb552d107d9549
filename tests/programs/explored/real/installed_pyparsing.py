"""pyparsing/pyparsing#604, pyparsing itself: affected 3.2.3, fixed 3.2.4.

One thread parses, and evicts from the cache; another resets the cache.
"""

import os
import sys
import threading

sys.path.insert(0, os.environ["GILSCOPE_RELEASE"])

from pyparsing import Literal, ParserElement

ParserElement.enable_packrat(cache_size_limit=1)


def test_installed():
    parser = Literal("a") + Literal("b")
    threads = [
        threading.Thread(target=parser.parse_string, args=("ab",)),
        threading.Thread(target=ParserElement.reset_cache),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
