"""What FEEL takes over from the Java platform: strings of UTF-16 units, regular expressions, the text of doubles."""
