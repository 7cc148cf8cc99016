import os
for _ in range(8):
    if os.fork() == 0:
        block = []
        while True:
            block.append(b"x" * (1 << 20))
for _ in range(8):
    os.wait()
