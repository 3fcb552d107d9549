"""Why is there a GIL at all?"""
