import type {DifferentialSet} from '../program.ts';

const py = String.raw;

export const PYTHON: DifferentialSet = {
  language: 'python',
  programs: [
    {title: 'argv', code: py`import sys; print(sys.argv, sys.orig_argv[1:])`, args: ['a', 'b c', '-x', '']},
    {title: 'argv without arguments', code: py`import sys; print(sys.argv, sys.orig_argv[1:])`},
    {
      title: 'the names that a script begins with',
      code: py`print(sorted(globals()), __name__, __file__, __doc__, __package__, __spec__, __builtins__)`,
    },
    {title: 'its loader', code: py`print(type(__loader__).__name__, __loader__.name, __loader__.path)`},
    {title: 'sys.path', code: py`import sys; print(sys.path)`},
    {title: 'sys.flags and options', code: py`import sys; print(sys.flags, sys._xoptions, sys.warnoptions)`},
    {title: 'loaded modules', code: py`import sys; print(sorted(sys.modules))`},
    {
      title: 'prefixes and the executable',
      code: py`import sys; print(sys.executable, sys.prefix, sys.exec_prefix, sys.base_prefix)`,
    },
    {
      title: 'import hooks',
      code: py`import sys; print(sys.meta_path, sys.path_hooks, sorted(sys.path_importer_cache))`,
    },
    {
      title: 'the main module',
      code: py`import sys, __main__; print(__main__ is sys.modules['__main__'], __main__.__dict__ is globals())`,
    },
    {
      title: 'an uncaught exception',
      code: py`def f(n):
    if n == 0:
        raise ValueError("deep " + "é")
    f(n - 1)

f(3)
`,
    },
    {
      title: 'an exception with a cause and a context',
      code: py`try:
    try:
        1 / 0
    except ZeroDivisionError as e:
        raise KeyError("k") from e
except KeyError:
    raise RuntimeError("last")
`,
    },
    {
      title: 'an exception group',
      code: py`raise ExceptionGroup("many", [ValueError(1), ExceptionGroup("in", [TypeError("t")])])`,
    },
    {title: 'a syntax error', code: 'x = 1\nif x:\nprint(x)\n'},
    {title: 'an unfinished string', code: 'print("abc)\n'},
    {title: 'tabs and blanks mixed', code: 'if 1:\n\tx = 1\n        y = 2\n'},
    {title: 'a null byte in the source', code: 'print(1)\n\u0000print(2)\n'},
    {title: 'a byte order mark', code: '\uFEFFprint("bom", __file__)\n'},
    {title: 'a coding line', code: '# -*- coding: latin-1 -*-\nprint("caf\u00e9", len("\u00e9"))\n'},
    {title: 'an empty program', code: '\n'},
    {title: 'a program of one comment without a newline', code: '# nothing'},
    {title: 'CRLF line ends', code: 'print("a")\r\nx = """1\r\n2"""\r\nprint(repr(x))\r\n'},
    {
      title: 'traceback and inspect find the source',
      code: py`import inspect, linecache, traceback
def here():
    return traceback.format_stack()
print("".join(here()))
print(inspect.getsource(here), linecache.getline(__file__, 2), inspect.currentframe().f_back)
`,
    },
    {
      title: 'the frames below main',
      code: py`import sys
f = sys._getframe()
names = []
while f:
    names.append((f.f_code.co_name, f.f_code.co_filename, f.f_lineno)); f = f.f_back
print(names)
`,
    },
    {title: 'exit codes', code: py`import sys; sys.exit(42)`},
    {title: 'an exit code beyond a byte', code: py`import sys; sys.exit(256 + 7)`},
    {title: 'a negative exit code', code: py`import sys; sys.exit(-1)`},
    {title: 'exit with a text', code: py`import sys; sys.exit("gone")`},
    {title: 'exit with None', code: py`raise SystemExit(None)`},
    {title: 'exit with an object', code: py`raise SystemExit([1, 2])`},
    {title: 'quit and exit of site', code: py`print(exit, quit, copyright is not None); exit(3)`},
    {title: 'os._exit loses buffered output', code: py`import os; print("lost", end=""); os._exit(5)`},
    {title: 'os.abort', code: py`import os; os.abort()`},
    {title: 'a signal to itself', code: py`import os, signal; os.kill(os.getpid(), signal.SIGKILL)`},
    {
      title: 'SIGTERM to itself',
      code: py`import os, signal; print("before", flush=True); os.kill(os.getpid(), signal.SIGTERM); print("after")`,
    },
    {
      title: 'SIGINT to itself',
      code: py`import os, signal
os.kill(os.getpid(), signal.SIGINT)
for _ in range(1000000): pass
`,
    },
    {
      title: 'a handled signal',
      code: py`import signal, os
signal.signal(signal.SIGUSR1, lambda n, f: print("got", n, f.f_code.co_name))
os.kill(os.getpid(), signal.SIGUSR1); print("on")
`,
    },
    {
      title: 'signal dispositions',
      code: py`import signal
print([(int(s), signal.getsignal(s) if not callable(signal.getsignal(s)) else signal.getsignal(s).__name__) for s in sorted(signal.valid_signals())])`,
    },
    {
      title: 'the signal mask',
      code: py`import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.sigpending())`,
    },
    {title: 'SIGALRM', code: py`import signal, time; signal.alarm(1); time.sleep(5)`},
    {title: 'a closed stdout', code: py`import os, sys; print("x"); os.close(1)`},
    {
      title: 'a broken pipe',
      code: py`import os
r, w = os.pipe(); os.close(r); os.dup2(w, 1); print("x" * 100000)
`,
    },
    {
      title: 'atexit',
      code: py`import atexit
atexit.register(print, "first"); atexit.register(print, "second")
@atexit.register
def fails(): raise ValueError("at exit")
print("main")
`,
    },
    {
      title: 'atexit after sys.exit',
      code: py`import atexit, sys
atexit.register(lambda: print("bye")); sys.exit(4)
`,
    },
    {
      title: 'destructors at the end',
      code: py`class A:
    def __del__(self): print("del", self.n)
a = A(); a.n = 1; b = A(); b.n = 2; b.me = b
print("end")
`,
    },
    {
      title: 'encodings',
      code: py`import sys, locale
print(sys.stdin.encoding, sys.stdout.encoding, sys.stderr.encoding, sys.stdin.errors, sys.stdout.errors, sys.stderr.errors)
print(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), locale.getpreferredencoding(), sys.getdefaultencoding())
print(locale.setlocale(locale.LC_ALL), locale.getlocale())
`,
    },
    {
      title: 'text that is not ASCII',
      code: py`print("日本 ü €"); import sys; print("Fehler ü", file=sys.stderr)`,
    },
    {title: 'a lone surrogate', code: py`print("\ud800")`},
    {
      title: 'invalid UTF-8 on stdin',
      code: py`import sys; print(ascii(sys.stdin.buffer.read()))`,
      stdin: 'ok €\n',
    },
    {
      title: 'buffering of its streams',
      code: py`import sys
for s in (sys.stdin, sys.stdout, sys.stderr):
    print(s.line_buffering, s.write_through, s.isatty(), type(s.buffer).__name__, s.fileno(), s.name, s.mode, s.newlines)
`,
    },
    {
      title: 'order of the streams',
      code: py`import sys, os
print("a"); os.write(1, b"b\n"); print("c", flush=True); os.write(1, b"d\n")
`,
    },
    {
      title: 'PYTHONUNBUFFERED',
      env: {PYTHONUNBUFFERED: '1'},
      code: py`import os
print("a"); os.write(1, b"b\n")`,
    },
    {
      title: 'its environment',
      code: py`import os; print(sorted(os.environ.items())); print(open("/proc/self/environ").read().split("\0"))`,
      env: {MINE: 'a b', EMPTY: ''},
    },
    {title: 'its environment without additions', code: py`import os; print(sorted(os.environ.items()))`},
    {
      title: 'Python’s own variables',
      env: {PYTHONHASHSEED: '0', PYTHONWARNINGS: 'error', PYTHONOPTIMIZE: '1'},
      code: py`import sys, warnings
print(hash("a"), sys.flags.optimize, sys.warnoptions); assert False; warnings.warn("w")
`,
    },
    {
      title: 'PYTHONPATH',
      env: {PYTHONPATH: '/nowhere:lib'},
      code: {'main.py': 'import sys, inner; print(sys.path, inner.X)', 'lib/inner.py': 'X = 1\n'},
    },
    {title: 'PYTHONSTARTUP is for terminals', env: {PYTHONSTARTUP: 'main.py'}, code: py`print("once")`},
    {
      title: 'its working directory',
      code: {
        'main.py': 'import os; print(os.getcwd(), sorted(os.listdir()), os.environ.get("PWD"))',
        'data/a.txt': 'A',
      },
    },
    {
      title: 'files beside it',
      code: {
        'main.py':
          'print(open("data/a.txt").read()); open("out.txt", "w").write("x"); print(open("out.txt").read())',
        'data/a.txt': 'A\n',
      },
    },
    {
      title: 'open descriptors',
      code: py`import os
for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
    try: print(fd, os.readlink(f"/proc/self/fd/{fd}").split(":")[0], os.get_inheritable(fd))
    except OSError: print(fd, "the listing itself")
`,
    },
    {
      title: 'descriptors that a child gets',
      code: py`import subprocess
print(subprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, close_fds=False).stdout)`,
    },
    {title: 'the first free descriptor', code: py`print(open("main.py").fileno())`},
    {
      title: 'its memory map',
      code: py`names = {l.split()[-1] for l in open("/proc/self/maps") if "/" in l}
print(sorted(n for n in names if ".so" in n))
`,
    },
    {
      title: 'its command line',
      code: py`print(open("/proc/self/cmdline").read().split("\0")[1:], open("/proc/self/comm").read())`,
      args: ['z'],
    },
    {
      title: 'its threads',
      code: py`import os, threading; print(os.listdir("/proc/self/task").__len__(), threading.active_count(), threading.main_thread().name, threading.current_thread().ident is not None)`,
    },
    {
      title: 'the recursion limit',
      code: py`import sys
print(sys.getrecursionlimit())
def f(): f()
f()
`,
    },
    {
      title: 'deep recursion with a raised limit',
      code: py`import sys
sys.setrecursionlimit(20000)
def f(n): return 0 if n == 0 else 1 + f(n - 1)
print(f(15000))
`,
    },
    {
      title: 'the garbage collector',
      code: py`import gc; print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.get_freeze_count(), gc.garbage, gc.callbacks)`,
    },
    {
      title: 'limits of the interpreter',
      code: py`import sys; print(sys.getswitchinterval(), sys.int_info, sys.maxsize, sys.get_int_max_str_digits(), sys.getdlopenflags(), sys.dont_write_bytecode, sys.pycache_prefix)`,
    },
    {
      title: 'hooks',
      code: py`import sys; print(sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook, sys.gettrace(), sys.getprofile(), sys.implementation.cache_tag, hasattr(sys, "ps1"))`,
    },
    {
      title: 'its own excepthook',
      code: py`import sys
sys.excepthook = lambda t, v, tb: print("hook", t.__name__, v, tb.tb_lineno, tb.tb_next)
raise ValueError("x")
`,
    },
    {
      title: 'breakpoint without a terminal',
      code: py`breakpoint()
print("on")
`,
      stdin: 'p 1+1\nc\n',
    },
    {
      title: 'hash randomisation',
      code: py`import sys; print(sys.flags.hash_randomization, isinstance(hash("a"), int))`,
    },
    {
      title: 'deprecation warnings in main',
      code: py`import warnings
warnings.warn("old", DeprecationWarning); warnings.warn("user"); warnings.warn("soon", PendingDeprecationWarning)
`,
    },
    {
      title: 'deprecation warnings in a module',
      code: {
        'main.py': 'import m\n',
        'm.py': 'import warnings\nwarnings.warn("old", DeprecationWarning)\nwarnings.warn("seen")\n',
      },
    },
    {title: 'a warning about syntax', code: 'x = 1\nprint(x is 1, "\\d")\n'},
    {
      title: 'an unclosed file',
      env: {PYTHONWARNINGS: 'default'},
      code: py`open("main.py")
print("x")
`,
    },
    {
      title: 'modules beside it',
      code: {
        'main.py':
          'import sys, a, pkg.b, pkg\nprint(a.__name__, a.__file__, a.__spec__.origin, pkg.b.X, pkg.__path__, sorted(m for m in sys.modules if m[0] in "ap" and m.split(".")[0] in ("a", "pkg")), a.__cached__)',
        'a.py': 'print("a is", __name__)',
        'pkg/__init__.py': '',
        'pkg/b.py': 'from . import c\nX = c.Y',
        'pkg/c.py': 'Y = 2',
      },
    },
    {
      title: 'a module that fails',
      code: {'main.py': 'import bad\n', 'bad.py': 'def f():\n    return undefined\n\nf()\n'},
    },
    {title: 'a module with a syntax error', code: {'main.py': 'import bad\n', 'bad.py': 'def f(:\n'}},
    {title: 'a missing module', code: py`import nothing_of_this_name`},
    {
      title: 'a module that shadows the library',
      code: {'main.py': 'import random\nprint(random.X)', 'random.py': 'X = "mine"'},
    },
    {
      title: 'a module named site',
      code: {
        'main.py': 'import site, sitecustomize\nprint(site.__file__, sitecustomize.X)',
        'sitecustomize.py': 'X = 5',
      },
    },
    {
      title: 'a module named like one of the start',
      code: {
        'main.py': 'import codecs, io, os, abc\nprint(codecs.__file__, os.__file__)',
        'codecs.py': 'X=1',
        'os.py': 'X=1',
      },
    },
    {
      title: 'importing itself again',
      code: {
        'main.py': 'print(__name__)\nimport main\nprint(main.__file__, main is not __import__("__main__"))\n',
      },
    },
    {
      title: 'a package’s file as the entry',
      entry: 'pkg/run.py',
      code: {
        'pkg/__init__.py': 'print("init")',
        'pkg/run.py':
          'from . import m\nimport sys\nprint(m.X, __name__, __package__, __spec__.name, __file__, sys.argv, sys.path[0])',
        'pkg/m.py': 'X = 3',
      },
    },
    {
      title: 'an entry in a folder',
      entry: 'sub/run.py',
      code: {
        'sub/run.py': 'import sys, m, os\nprint(m.X, __file__, sys.path[0], os.getcwd())',
        'sub/m.py': 'X = 3',
      },
    },
    {
      title: 'an entry whose name begins with a dash',
      entry: '-v.py',
      code: {'-v.py': 'import sys; print(sys.argv, __file__)'},
    },
    {
      title: 'an entry with a blank and an umlaut',
      entry: 'a ü.py',
      code: {'a ü.py': 'import sys; print(sys.argv, __file__)\nraise ValueError'},
    },
    {
      title: 'runpy',
      code: {
        'main.py':
          'import runpy\nprint(runpy.run_path("m.py", run_name="__main__")["X"])\nprint(runpy.run_module("m")["__name__"])',
        'm.py': 'print(__name__)\nX = 1',
      },
    },
    {
      title: 'exec and compile',
      code: py`exec(compile("def f():\n  raise ValueError('in exec')\nf()", "<made>", "exec"))`,
    },
    {
      title: 'pickle of main’s classes',
      code: py`import pickle
class A:
    x = 1
print(pickle.dumps(A), pickle.loads(pickle.dumps(A())).x)
`,
    },
    {
      title: 'annotations',
      code: py`x: int = 1
print(__annotations__)
`,
    },
    {
      title: 'multiprocessing by fork',
      code: py`import multiprocessing as m
def f(x): return x * x
if __name__ == "__main__":
    with m.get_context("fork").Pool(2) as p: print(p.map(f, range(5)), m.get_start_method())
`,
    },
    {
      title: 'multiprocessing by spawn',
      code: py`import multiprocessing as m
def f(q): q.put(__name__)
if __name__ == "__main__":
    c = m.get_context("spawn"); q = c.Queue(); p = c.Process(target=f, args=(q,)); p.start(); print(q.get()); p.join(); print(p.exitcode)
`,
    },
    {
      title: 'fork',
      code: py`import os, sys
print("before")
pid = os.fork()
if pid == 0:
    print("child"); sys.exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`,
    },
    {
      title: 'a Python of its own',
      code: py`import subprocess, sys
print(subprocess.run([sys.executable, "-c", "import sys, os; print(sys.argv, sorted(os.environ), sorted(sys.modules)[:40])"], capture_output=True, text=True))`,
    },
    {
      title: 'os.system and its pipes',
      code: py`import os; print(os.system("echo hi; exit 3"), os.popen("cat main.py | wc -l").read())`,
    },
    {
      title: 'exec of another program',
      code: py`import os; print("lost?", end=""); os.execvp("sh", ["sh", "-c", "echo $0 $1; env | grep -c ."])`,
    },
    {
      title: 'threads that outlive main',
      code: py`import threading, time
def f():
    time.sleep(0.1); print("thread")
threading.Thread(target=f).start()
print("main")
`,
    },
    {
      title: 'daemon threads',
      code: py`import threading, time
threading.Thread(target=lambda: (time.sleep(30), print("never")), daemon=True).start()
print("main")
`,
    },
    {
      title: 'an exception in a thread',
      code: py`import threading
def f(): raise ValueError("in thread")
t = threading.Thread(target=f, name="worker"); t.start(); t.join(); print("on")
`,
    },
    {title: 'the size of a thread’s stack', code: py`import threading; print(threading.stack_size())`},
    {
      title: 'asyncio',
      code: py`import asyncio
async def f(n):
    await asyncio.sleep(0.01); return n
async def main(): print(await asyncio.gather(*map(f, range(3))))
asyncio.run(main())
asyncio.run(f(1))
async def g(): raise KeyError("a")
asyncio.run(g())
`,
    },
    {
      title: 'a coroutine nobody awaits',
      code: py`async def f(): pass
f()
print("x")
`,
    },
    {
      title: 'stdin by lines',
      code: py`import sys
for line in sys.stdin: print(repr(line))
print(repr(sys.stdin.readline()))
`,
      stdin: 'a\nb\r\nc',
    },
    {title: 'input()', code: py`print(input("? "), input()); input()`, stdin: 'one\ntwo\n'},
    {title: 'stdin as bytes', code: py`import sys; print(sys.stdin.buffer.read())`, stdin: 'é\u0000\n'},
    {
      title: 'os.read of stdin',
      code: py`import os; print(os.read(0, 5), os.read(0, 100), os.read(0, 1))`,
      stdin: 'hello world',
    },
    {title: 'fileinput', code: py`import fileinput; print([l for l in fileinput.input()])`, stdin: 'x\ny\n'},
    {title: 'no stdin', code: py`import sys; print(repr(sys.stdin.read()))`},
    {
      title: 'select on stdin',
      code: py`import select, sys; print(select.select([0], [], [], 5)[0]); print(sys.stdin.read())`,
      stdin: 'q',
    },
    {title: 'half a megabyte of output', code: py`for i in range(70000): print(i)`},
    {
      title: 'output on both streams',
      code: py`import sys
for i in range(2000): print("o", i); print("e", i, file=sys.stderr)
`,
    },
    {title: 'output without a newline', code: py`print("x", end="")`},
    {title: 'binary output', code: py`import sys; sys.stdout.buffer.write(b"\x00\x01\x7f\n")`},
    {
      title: 'time zone',
      code: py`import time, datetime; print(time.tzname, time.timezone, datetime.datetime(2024, 7, 1).astimezone())`,
    },
    {
      title: 'another time zone',
      env: {TZ: 'Europe/Berlin'},
      code: py`import time; print(time.tzname, time.timezone)`,
    },
    {
      title: 'another locale',
      env: {LC_ALL: 'C', LANG: 'C'},
      code: py`import sys, locale; print(sys.stdout.encoding, sys.flags.utf8_mode, locale.setlocale(locale.LC_CTYPE)); print("ü")`,
    },
    {
      title: 'another input encoding',
      env: {PYTHONIOENCODING: 'latin-1:replace'},
      code: py`import sys; print(sys.stdin.encoding, sys.stdout.errors)`,
    },
    {
      title: 'ids',
      code: py`import os; print(os.getppid() > 0, os.getgroups(), os.umask(0), os.getpriority(os.PRIO_PROCESS, 0))`,
    },
    {
      title: 'ctypes and its own process',
      code: py`import ctypes; print(ctypes.CDLL(None).abs(-3), ctypes.pythonapi.Py_IsInitialized())`,
    },
    {title: 'a crash in C', code: py`import ctypes; ctypes.string_at(0)`},
    {
      title: 'faulthandler',
      code: py`import faulthandler, os, signal
print(faulthandler.is_enabled())
faulthandler.enable(); os.kill(os.getpid(), signal.SIGSEGV)
`,
    },
    {
      title: 'a large import',
      code: py`import sys, json, re, collections, dataclasses, decimal, unittest
before = len(sys.modules); print(before)
@dataclasses.dataclass
class P: x: int
print(json.dumps(P(1).__dict__), repr(P(2)))
`,
    },
    {
      title: 'unittest',
      code: py`import unittest
class T(unittest.TestCase):
    def test_a(self): self.assertEqual(1, 2)
unittest.main(argv=["x"], testRunner=unittest.TextTestRunner(stream=open("/dev/null", "w")))
`,
    },
    {
      title: 'doctest of main',
      code: py`"""
>>> 1 + 1
3
"""
import doctest; print(doctest.testmod())
`,
    },
    {
      title: 'type of main’s stdin after detaching',
      code: py`import sys; b = sys.stdin.detach(); print(b.read()); print(sys.__stdin__)`,
      stdin: 'q',
    },
    {
      title: 'memory of objects',
      code: py`import sys; print(sys.getsizeof(globals()) > 0, sys.getrefcount(sys) < 200, sys.getallocatedblocks() > 0)`,
    },
    {
      title: 'interned and cached objects',
      code: py`print(sys_ := __import__("sys").intern("x") is "x", (256 is 256), () is ())`,
    },
    {
      title: 'tracemalloc and dev mode',
      env: {PYTHONDEVMODE: '1', PYTHONTRACEMALLOC: '3'},
      code: py`import sys, tracemalloc; print(sys.flags.dev_mode, tracemalloc.is_tracing(), tracemalloc.get_traceback_limit())`,
    },
    {title: 'import times', env: {PYTHONPROFILEIMPORTTIME: ''}, code: py`import this`},
  ],
};
