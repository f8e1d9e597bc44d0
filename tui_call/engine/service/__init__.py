"""The link to the service: connecting, membership, messages out, news in."""
