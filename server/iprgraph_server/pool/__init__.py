"""The pool of query workers: slots, queue, cached answers."""
