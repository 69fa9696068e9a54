"""What runs inside the killable query processes."""
