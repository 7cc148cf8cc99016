with open("big", "wb", buffering=0) as f, open("/tmp/big2", "wb", buffering=0) as g, open("/dev/shm/big3", "wb", buffering=0) as h:
    block = b"x" * (1 << 20)
    for i in range(4096):
        (f, g, h)[i % 3].write(block)
        if i % 3 == 2 and i > 3 * 60:
            f.truncate(0); f.seek(0)
