"""Fills a disk through paramiko, then shows that the session still works.

Arguments: port, user, key file, directory on the small disk. Prints what the
server said, then how many bytes it had acknowledged before.
"""

import sys

from connected import connect

port, user, key, directory = sys.argv[1:]
transport, sftp = connect(port, user, key)
file = sftp.open(directory + "/filler", "wb")
acknowledged = 0
try:
    while True:
        file.write(b"f" * 32768)
        acknowledged += 32768
except OSError as error:
    print(error.args[-1])
print(acknowledged)
file.close()
sftp.remove(directory + "/filler")
with sftp.open(directory + "/after", "wb") as file:
    file.write(b"room again")
print(sftp.open(directory + "/after").read().decode())
sftp.remove(directory + "/after")
transport.close()
