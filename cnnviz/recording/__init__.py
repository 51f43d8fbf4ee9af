"""Recording of timelines: while cnnviz trains, within anybody's `fit`, or of checkpoints that are there."""
