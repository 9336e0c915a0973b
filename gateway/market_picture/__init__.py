"""The public picture of every market, followed batch by batch: levels, trades, candles, day."""
