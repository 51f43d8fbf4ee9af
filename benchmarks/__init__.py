"""Benchmarks for the figures of the README, one file per question; `make bench` prints them all."""
