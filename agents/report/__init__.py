"""Reports over one finished period: what the figures are, why they moved, what is doubtful, what was told before."""
