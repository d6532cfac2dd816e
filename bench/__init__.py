"""Benchmarks: figures for the documentation, as ratios against named baselines of the same run."""
