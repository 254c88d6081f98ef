"""Language models on the benchmark: what they are asked, how they are asked, and how their answers are read.

`prompt` and `answer` are shared by the command line's client and by the Inspect tasks, so that a model is
asked and read alike by both.
"""
