"""The process that knows people and routes sealed messages between their devices.

gateway     TLS, HTTP and WebSocket: what has a socket
connection  one client: who it is and what it may ask, without a socket
enrolment, login, directory, presence, routing, administration, on_demand: what clients ask for
database    the only part that knows SQL
server      puts these together; main: what a process does around it
"""
