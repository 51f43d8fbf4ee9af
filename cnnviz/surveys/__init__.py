"""What a data set tells of every channel of a network: numbers of photographs that add up, and the files of a survey.

Parts of a data set are measured apart and added up: their order and number change nothing, and the memory that it takes
does not grow with the photographs.
"""
