"""Benchmarks: one module each, with a `main(arguments)`; `./run bench NAME` runs one, `./run bench` lists them."""
