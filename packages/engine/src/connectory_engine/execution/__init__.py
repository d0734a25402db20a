"""Runs processes: one step at a time out of a queue, so that no process is nested too deep or keeps others waiting."""
