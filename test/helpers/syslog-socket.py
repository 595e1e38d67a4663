"""A syslog socket that does as it is told, since node has no datagram sockets on
paths. Reads commands on stdin, a line each, and answers each with a line of JSON.

bind PATH   a socket at the path, which nobody reads yet
read        all datagrams that lie in it, a string each, one char per byte
close       the socket is closed and its path removed
"""
import json, os, socket, sys

log = None
path = None
for line in sys.stdin:
    command, _, argument = line.rstrip("\n").partition(" ")
    answer = []
    if command == "bind":
        path = argument
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        log.bind(path)
        os.chmod(path, 0o666)
        log.setblocking(False)
    elif command == "read":
        while True:
            try:
                answer.append(log.recv(65536).decode("latin1"))
            except BlockingIOError:
                break
    elif command == "close":
        log.close()
        os.unlink(path)
    print(json.dumps(answer), flush=True)
