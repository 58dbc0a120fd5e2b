"""What rules cost: samples that they read in an hour, ours beside those that Sloth generates for the same SLOs."""
