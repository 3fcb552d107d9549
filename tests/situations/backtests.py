"""A web server runs backtests in the default executor, and its loop lags.

source: aprin-labs/archimedes#1689
kind: event-loop-starved
line: BACKTEST
"""

import asyncio
import ctypes

keeps = ctypes.PyDLL(None).usleep


def backtest():
    for _ in range(60):
        keeps(1000)  # BACKTEST


async def route():
    while True:
        await asyncio.sleep(0.004)


async def main():
    loop = asyncio.get_running_loop()
    routes = [asyncio.create_task(route()) for _ in range(3)]
    await asyncio.gather(*(loop.run_in_executor(None, backtest) for _ in range(16)))
    for each in routes:
        each.cancel()


asyncio.run(main())
