"""What each channel of a convolution looks for: synthetic pictures that excite it, found by gradient ascent.

They are computed once, after training, and kept in the model's folder.
"""
