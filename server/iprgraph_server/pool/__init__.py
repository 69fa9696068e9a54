"""The pool of query workers: slots, queue, answers kept."""
