"""What page and API are made of, without Gradio: endpoints, results that are kept, and a model that is followed.

Nothing here knows training.
"""
