"""Finding links: which things of another dataset may be the same as ours, and why.

`propose` reads the other dataset (`target`) as a stream, meets it with our names (`blocks`), weighs
what speaks for and against each pair (`score`), and leaves out what was decided (`decisions`).
"""
