import json, os, socket
def listing(path):
    try: return sorted(os.listdir(path))
    except OSError as error: return error.strerror
def can_connect(family, address):
    s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(1)
    try: s.connect(address); return True
    except OSError: return False
    finally: s.close()
def attempt(action):
    try: action(); return "done"
    except OSError as error: return error.strerror
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(), "env": dict(os.environ), "cwd": os.getcwd(),
    "descriptors": listing("/proc/self/fd"), "pids": [p for p in listing("/proc") if p.isdigit()],
    "root": listing("/"), "sys": listing("/sys"), "etc": listing("/etc"), "home": listing("/home"), "rootHome": listing("/root"), "dev": listing("/dev"),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "capabilities": [status[k].strip() for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "noNewPrivileges": status["NoNewPrivs"].strip(), "seccomp": status["Seccomp"].strip(),
    "hostname": socket.gethostname(),
    "reach": {"loopback": can_connect(socket.AF_INET, ("127.0.0.1", int(os.environ.get("PROBE_PORT", "1")))),
              "metadata": can_connect(socket.AF_INET, ("169.254.169.254", 80)), "internet": can_connect(socket.AF_INET, ("8.8.8.8", 53))},
    "writeUsr": attempt(lambda: open("/usr/x", "w")), "writeEtc": attempt(lambda: open("/etc/passwd", "a")), "writeRoot": attempt(lambda: os.mkdir("/x")),
    "agentMemory": attempt(lambda: open("/proc/1/mem", "rb")), "agentEnviron": attempt(lambda: open("/proc/1/environ", "rb").read()),
    "sysctl": attempt(lambda: open("/proc/sys/kernel/core_pattern", "w")), "sysrq": attempt(lambda: open("/proc/sysrq-trigger", "w")),
    "kmsg": attempt(lambda: open("/dev/kmsg")), "setuid": attempt(lambda: os.setuid(0)), "chroot": attempt(lambda: os.chroot("/tmp")), "mknod": attempt(lambda: os.mknod("/tmp/n", 0o60600, os.makedev(8, 0))),
}))
