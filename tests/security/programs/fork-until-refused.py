import os, sys, time
children = []
try:
    while True:
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
        children.append(pid)
except OSError as error:
    print(len(children), error.errno, file=sys.stderr)
    sys.exit(9)
