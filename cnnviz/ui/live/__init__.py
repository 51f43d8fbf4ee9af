"""Pictures that change while one watches: the photo under a brush, and a camera. Nothing of them is kept."""
