"""Uploads files and downloads them again through paramiko.

Arguments: port, user, key file, directory of the originals, remote directory,
local directory, names of the files.
"""

import sys

import paramiko

port, user, key, originals, remote, local = sys.argv[1:7]
transport = paramiko.Transport(("127.0.0.1", int(port)))
transport.banner_timeout = transport.auth_timeout = transport.handshake_timeout = 600
transport.connect(username=user, pkey=paramiko.Ed25519Key.from_private_key_file(key))
sftp = paramiko.SFTPClient.from_transport(transport)
for name in sys.argv[7:]:
    sftp.put(f"{originals}/{name}", f"{remote}/{name}")
    sftp.get(f"{remote}/{name}", f"{local}/{name}")
transport.close()
