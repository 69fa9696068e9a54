"""The addresses of the publisher: each view reads the request, calls one function, and answers."""
