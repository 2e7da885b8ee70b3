"""What the tests of learning begin with: constants for words alone, weak enough that judgements move them."""

CONSTANTS = """
[words]
mention = 0.0
suggest = 0.3
confirm = 0.6
[words.about]
intercept = -4.0
words = 6.0
characters = 8.0
[words.spreading]
intercept = 0.0
both = 1.0
"""
