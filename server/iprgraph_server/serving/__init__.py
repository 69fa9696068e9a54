"""The processes of the server: supervisor and HTTP process."""
