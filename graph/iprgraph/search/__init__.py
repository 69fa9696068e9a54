"""Search: names of things, found by words, beginnings, misspellings and acronyms, in English and Chinese.

The index is one SQLite file of a release, `search.db`, made from its quads by `build.write` and read
by `index.Index`.
"""
