"""What an interview panel is: its format, its checks, and its views as frames."""
