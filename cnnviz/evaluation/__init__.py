"""How good a model is: metrics, calibration, what each layer knows, and all of it as charts and text.

It measures models that were read back from their folders.
"""
