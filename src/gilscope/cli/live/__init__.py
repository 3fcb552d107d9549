"""The live view of `gilscope run --live` and `gilscope top`."""
