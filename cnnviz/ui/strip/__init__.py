"""The strip: the photo's journey through all layers, one tile each."""
