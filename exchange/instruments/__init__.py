"""What a lot is, by kind of instrument: what it delivers, what holds it, how it settles."""
