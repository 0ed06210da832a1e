"""What every door shares: who asks, in which language, page or fragment, and the headers of every answer."""
