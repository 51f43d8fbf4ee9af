"""The way back from the answer to the pixels, step by step."""
