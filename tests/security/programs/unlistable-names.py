import os
for name in (b"\xff\xfe.txt", b"a\nb.txt", b"-rf.txt", b"'; echo x #.txt", "…ü.txt".encode()):
    open(name, "wb").write(b"1")
os.makedirs("/".join(["d" * 200] * 15), exist_ok=True)
print("made")
