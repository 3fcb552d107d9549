"""Whether the whole state of an execution has been there before."""
