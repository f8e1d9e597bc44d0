"""A person's data on disk: identity, contacts with their keys, past calls, membership.

`profile.Profile` is the one door. It keeps five files in a directory that one engine at a time may
use (`store`). `key` holds the key-encryption key, wrapped under a secret in the system's keyring
(`keyring_backend`), under a passphrase (`derive`), or by explicit choice under nothing; all other
files are sealed with that key. The format is `e2ee.sealed_file`; what is inside is MessagePack.

`contents` is what is read and written, and may be written in another thread. `backup` is everything
in one file, for another disk or machine.

A field that is not known, of a later version, makes a file unreadable rather than being lost.
A file that does not open is told as a fault and never written over. What Python once held in
memory it cannot promise to overwrite; closing a profile drops the references.
"""
