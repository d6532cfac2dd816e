"""SQL files to a warehouse: contracts, order, run, checks, publish."""
