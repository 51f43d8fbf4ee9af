"""The Hugging Face Hub: publishing a model folder, and fetching one with a check of every file.

Every call ends within a time limit, with an answer or with an error message for the user.
"""
