"""What numbers bear out: stages of a journey, findings, sentences, and numbers as the page writes them."""
