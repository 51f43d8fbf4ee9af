"""The tab on the network itself: what it keeps and learned, its kernels, its atlas, its card."""
