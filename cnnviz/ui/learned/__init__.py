"""How the network learned: a slider through the snapshots of its training."""
