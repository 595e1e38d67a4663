"""Types lines into a program on a terminal of its own, each at its prompt.

Arguments: the program and its arguments. Standard input: the lines, in which a
tab asks for completion. Prints everything that the terminal showed.
"""

import os
import pty
import sys
import termios

PROMPT = b"sftp> "
lines = sys.stdin.buffer.read().splitlines()
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])


def reads_keys():
    """Whether the program takes single keys: before that the terminal itself would echo what is typed."""
    return not termios.tcgetattr(terminal)[3] & termios.ICANON


shown = b""
awaited = 1
while True:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break  # the program has closed the terminal
    shown += chunk
    if shown.endswith(PROMPT) and shown.count(PROMPT) >= awaited and lines:
        # The prompt is there a moment before the mode is.
        while not reads_keys():
            os.sched_yield()
        line = lines.pop(0)
        # Each completion redraws the line, including the prompt.
        awaited += 1 + line.count(b"\t")
        os.write(terminal, line + b"\n")
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
