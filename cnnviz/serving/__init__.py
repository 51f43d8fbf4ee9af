"""The basis of the page and the API, without Gradio: endpoints, caches of results, and updates of a served model.

Nothing here depends on training.
"""
