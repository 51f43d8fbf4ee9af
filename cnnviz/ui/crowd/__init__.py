"""Who is served when many come: lanes for the page, programs and slow work, none of which one caller can fill.

It builds on names of Gradio's that are private, and keeps them to itself.
"""
