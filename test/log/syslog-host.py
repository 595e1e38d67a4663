"""Runs programs one after the other with a syslog socket of their own.

Started by `unshare --mount`, as openssh.ts does: /dev becomes a new file system
with the usual devices, so /dev/log is nobody else's. Reads JSON on stdin, a list
of {argv, input, replies}: the input, in base64, is written, and stdin is closed
when that many reply packets have come. Writes a list of {status, stdout, stderr,
datagrams}. All strings have one char per byte.
"""
import base64, json, os, select, socket, subprocess, sys, tempfile, threading

DEVICES = ("null", "zero", "random", "urandom", "tty")
END = b"end of run"


def private_dev():
    directory = tempfile.mkdtemp()
    subprocess.run(["mount", "-t", "tmpfs", "none", directory], check=True)
    for name in DEVICES:
        with open(os.path.join(directory, name), "w"):
            pass
        subprocess.run(["mount", "--bind", "/dev/" + name, os.path.join(directory, name)], check=True)
    os.symlink("/proc/self/fd", os.path.join(directory, "fd"))
    # -n: in a user namespace of its own it may not write to /run/mount.
    subprocess.run(["mount", "-n", "--move", directory, "/dev"], check=True)
    os.rmdir(directory)


def read_replies(stream, count):
    data = b""
    for _ in range(count):
        header = stream.read(4)
        data += header + stream.read(int.from_bytes(header, "big"))
    return data


def run(job, log):
    datagrams = []

    def collect():
        while (datagram := log.recv(65536)) != END:
            datagrams.append(datagram.decode("latin1"))

    # The queue holds ten datagrams and a full one blocks the program: read all the time.
    collector = threading.Thread(target=collect)
    if not job["deaf"]:
        collector.start()
    argv = [argument.encode("latin1") for argument in job["argv"]]
    stderr = tempfile.TemporaryFile()
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)
    try:
        process.stdin.write(base64.b64decode(job["input"]))
        process.stdin.flush()
    except BrokenPipeError:
        pass
    stdout = read_replies(process.stdout, job["replies"])
    if job["deaf"]:
        # Room for what comes next: the program waits for its input meanwhile.
        while select.select([log], [], [], 0)[0]:
            datagrams.append(log.recv(65536).decode("latin1"))
        collector.start()
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    stdout += process.stdout.read()
    status = process.wait()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.sendto(END, "/dev/log")
    collector.join()
    stderr.seek(0)
    return {
        "status": status,
        "stdout": stdout.decode("latin1"),
        "stderr": stderr.read().decode("latin1"),
        "datagrams": datagrams,
    }


private_dev()
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
    log.bind("/dev/log")
    json.dump([run(job, log) for job in json.load(sys.stdin)], sys.stdout)
