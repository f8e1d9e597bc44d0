"""What comes from outside: from the service, its link, and the network; and what follows here."""
