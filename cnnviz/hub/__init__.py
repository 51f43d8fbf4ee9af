"""The Hugging Face Hub: publishing a model folder, and fetching one, verified.

Every call ends in an answer or in a sentence, within a time limit.
"""
