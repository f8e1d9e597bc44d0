"""How what one connection causes reaches others, wherever those are connected."""
