"""The chat: what is written, tapped or shared becomes commands and answers."""
