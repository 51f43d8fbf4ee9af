"""The colours of two classes, wherever they are drawn: orange for class 0 and purple for class 1, always with the word.

They are the ends of the colour map PuOr, by which evidence for and against a class is drawn, too. The figures are
contrast ratios by WCAG 2.2, which asks for 4.5 between text and what is behind it, and for 3 between graphics and what
is beside them.
"""

DEEP = ("#b35806", "#542788")
"""For text and areas on white: 4.9 and 10.4. On dark paper, for areas behind white text."""

PALE = ("#fdb863", "#b2abd2")
"""For text and areas on dark paper: at least 8.6 on #0d1117. On white, for areas behind dark text: at least 7.2."""

MIDDLE = ("#c96f0c", "#8073ac")
"""For areas on paper that may be white or dark: at least 3.6 on white, and 3.9 on #1e1e1e."""
