"""The atlas: synthetic pictures of what each channel of a convolution looks for, found by gradient ascent.

The pictures are computed once, after training, and stored in the model's folder.
"""
