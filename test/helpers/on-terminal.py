# Runs a program whose standard input, output or both are a terminal, and copies bytes
# between the terminal and its own standard input and output: on-terminal.py
# input|output|both PROGRAM [ARGUMENT ...]. The terminal is raw, so no byte is changed. At
# the end of input it hangs up. Ends as the program does.
import os
import select
import sys
import tty

which = sys.argv[1]
master, slave = os.openpty()
tty.setraw(slave)
child_in, child_out = slave, slave
feed, results = master, master
if which == "output":
    child_in, feed = os.pipe()
if which == "input":
    results, child_out = os.pipe()

pid = os.fork()
if pid == 0:
    os.dup2(child_in, 0)
    os.dup2(child_out, 1)
    os.closerange(3, 256)
    os.execvp(sys.argv[2], sys.argv[2:])
for fd in {child_in, child_out, slave}:
    os.close(fd)


def read(fd):
    try:
        return os.read(fd, 65536)
    except OSError:  # a terminal whose other side has gone
        return b""


os.set_blocking(feed, False)
pending = b""
reading = {0, results}
while results in reading:
    ready, writable, _ = select.select(reading if len(pending) < 65536 else reading - {0}, [feed] if pending else [], [])
    if results in ready:
        data = read(results) if results != feed else (lambda: read(results))()
        if not data:
            break
        os.write(1, data)
    if writable:
        try:
            pending = pending[os.write(feed, pending):]
        except BlockingIOError:
            pass
    if 0 in ready:
        data = os.read(0, 65536)
        pending += data
        if not data:
            reading.discard(0)
    if 0 not in reading and not pending:
        break
for fd in {feed, results}:
    os.close(fd)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
