"""The addresses of the server: each view reads the request, calls one function, and answers."""
