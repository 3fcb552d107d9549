"""A web application for uvicorn: its threads hold the GIL, and the event loop waits for it."""

import asyncio
import os

from _contend import contend


async def app(scope, receive, send):
    await asyncio.to_thread(contend)
    told = {"worker": os.getpid(), "parent": os.getppid()}
    headers = [(name.encode(), str(value).encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = str(int(scope["path"].strip("/")) ** 2).encode()
    await send({"type": "http.response.body", "body": body})
