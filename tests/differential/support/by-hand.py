"""Starts programs as a person would at a prompt, without any of Sandglass's own machinery.

Reads one JSON document, {"user", "width", "entries", "jobs"}, and answers with one JSON list, in the order of the jobs, of what each of
their stages did. A job stops after a stage that does not end with exit code 0.

It is started in a mount namespace of its own, where it lays out the same files that a sandbox shows (the image's entries), so that
paths and libraries are the same ones; the mounts go when it ends. Python rather than Node starts the programs: Node gives children
sockets where a shell gives pipes, and programs can tell.
"""
import base64, json, os, queue, resource, shutil, signal, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

LONGEST_S = 60


def main():
    order = json.load(sys.stdin)
    os.umask(0o022)
    # A core file would appear among the program's own.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    top = tempfile.mkdtemp()
    try:
        mount("-t", "tmpfs", "by-hand", top)
        roots = queue.SimpleQueue()
        for number in range(order["width"]):
            roots.put(make_root(f"{top}/{number}", order["entries"]))
        with ThreadPoolExecutor(order["width"]) as pool:
            ends = list(pool.map(lambda job: run_job(job, roots, order["user"]), order["jobs"]))
    finally:
        subprocess.run(["umount", "--lazy", top], check=True)
        os.rmdir(top)
    json.dump(ends, sys.stdout)


def make_root(root, entries):
    os.mkdir(root)
    os.chmod(root, 0o755)
    for entry in entries:
        path = root + (entry.get("path") or entry["target"])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if entry["kind"] == "link":
            os.symlink(entry["destination"], path)
        elif entry["kind"] == "file":
            with open(path, "wb") as out:
                out.write(base64.b64decode(entry["content"]))
        elif entry["kind"] == "hide":
            mount("-t", "tmpfs", "-o", "mode=755", "hidden", path)
        elif entry["kind"] == "bind":
            if os.path.isdir(entry["source"]):
                os.makedirs(path, exist_ok=True)
            else:
                open(path, "w").close()
            mount("--bind", "-o", "ro", entry["source"], path)
        else:
            os.mkdir(path)
    for name in ("dev", "proc"):
        os.mkdir(f"{root}/{name}")
        mount("--rbind", f"/{name}", f"{root}/{name}")
    return root


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def run_job(job, roots, user):
    root = roots.get()
    try:
        for name, mode in (("work", 0o755), ("tmp", 0o1777)):
            os.mkdir(f"{root}/{name}")
            os.chmod(f"{root}/{name}", mode)
        own(f"{root}/work", user)
        ends = []
        for stage in job["stages"]:
            write_files(f"{root}/work", stage["files"], user)
            ends.append(run_stage(stage, root, user))
            if ends[-1]["exitCode"] != 0:
                break
        return ends
    finally:
        shutil.rmtree(f"{root}/work")
        shutil.rmtree(f"{root}/tmp")
        roots.put(root)


def run_stage(stage, root, user):
    def become():
        for stream in (0, 1, 2):
            # Pipes belong to who made them: a user's own shell would have.
            own(stream, user)
        os.chroot(root)
        os.chdir("/work")
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)

    process = subprocess.Popen(
        stage["argv"],
        env=stage["env"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=become,
    )
    try:
        stdout, stderr = process.communicate(base64.b64decode(stage["stdin"]), timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
    code = process.returncode
    return {
        "stdout": stdout.decode(errors="replace"),
        "stderr": stderr.decode(errors="replace"),
        "exitCode": code if code >= 0 else None,
        "signal": signal.Signals(-code).name if code < 0 else None,
    }


def write_files(folder, files, user):
    for file in files:
        path = os.path.join(folder, file["path"])
        make_folder(os.path.dirname(path), user)
        with open(path, "wb") as out:
            out.write(base64.b64decode(file["content"]))
        own(path, user)


def make_folder(path, user):
    if not os.path.isdir(path):
        make_folder(os.path.dirname(path), user)
        os.mkdir(path)
        own(path, user)


def own(path, user):
    if user is not None:
        os.chown(path, user, user)


main()
