"""Documents: references in and out of jobs, the store behind them, and results whose shape the modeller chooses."""
