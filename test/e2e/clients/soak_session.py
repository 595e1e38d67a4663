"""Uploads files and downloads them again through paramiko.

Arguments: port, user, key file, directory of the originals, remote directory,
local directory, names of the files.
"""

import sys

from connected import connect

port, user, key, originals, remote, local = sys.argv[1:7]
transport, sftp = connect(port, user, key, patience=600)
for name in sys.argv[7:]:
    sftp.put(f"{originals}/{name}", f"{remote}/{name}")
    sftp.get(f"{remote}/{name}", f"{local}/{name}")
transport.close()
