"""E-mail: a letter becomes a message (`letter`), and goes to one SMTP server (`smtp`)."""
