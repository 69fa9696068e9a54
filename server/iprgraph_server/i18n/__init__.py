"""The languages of the pages: catalogue, choice of language, numbers and dates."""
