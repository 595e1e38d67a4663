"""A paramiko client of the sshd under test, and how a session's calls are shown."""

import paramiko


def connect(port, user, key, patience=None):
    """A transport and an SFTP client on it; the caller closes the transport. `patience`: seconds for each step."""
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    if patience is not None:
        transport.banner_timeout = transport.auth_timeout = transport.handshake_timeout = patience
    transport.connect(username=user, pkey=paramiko.Ed25519Key.from_private_key_file(key))
    return transport, paramiko.SFTPClient.from_transport(transport)


def show(title, call):
    """Prints what a call returns or raises."""
    try:
        print(title, "->", call())
    except Exception as error:
        print(title, "-> raised", type(error).__name__, error.args)
