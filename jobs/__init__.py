"""psx-warehouse: saved pages of a stock ticker in, a market warehouse out."""
