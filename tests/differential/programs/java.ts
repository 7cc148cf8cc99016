import type {DifferentialSet} from '../program.ts';

const main = (body: string, more = '') =>
  `import java.io.*;\nimport java.util.*;\n\npublic class Main {\n    public static void main(String[] args) throws Exception {\n${body}\n    }\n${more}}\n`;
const raw = String.raw;

export const JAVA: DifferentialSet = {
  language: 'java',
  programs: [
    {
      title: 'arguments',
      code: main(raw`System.out.println(args.length + Arrays.toString(args));`),
      args: ['a', '-b c', ''],
    },
    {
      title: 'properties',
      code: main(raw`
        for (String k : new TreeSet<>(System.getProperties().stringPropertyNames()))
            System.out.println(k + "=" + System.getProperty(k));`),
    },
    {
      title: 'its environment',
      code: main(
        raw`System.out.println(new TreeMap<>(System.getenv())); System.out.println(new File(".").getAbsolutePath());`,
      ),
      env: {MINE: 'x'},
    },
    {
      title: 'arguments of the virtual machine',
      code: main(
        raw`System.out.println(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()); System.out.println(Runtime.getRuntime().maxMemory() + " " + Runtime.getRuntime().availableProcessors());`,
      ),
    },
    {
      title: 'its command line',
      code: main(
        raw`System.out.println(new String(new FileInputStream("/proc/self/cmdline").readAllBytes()).replace('\0', ' ')); System.out.println(ProcessHandle.current().info().command().get());`,
      ),
    },
    {
      title: 'an uncaught exception',
      code: main(
        raw`f(2);`,
        raw`
    static void f(int n) {
        if (n == 0) throw new IllegalStateException("deep ü", new RuntimeException("cause"));
        f(n - 1);
    }
`,
      ),
    },
    {
      title: 'a stack trace of its own',
      code: main(
        raw`new Throwable("here").printStackTrace(System.out); System.out.println(Thread.currentThread().getStackTrace().length + " " + StackWalker.getInstance().walk(s -> s.count()));`,
      ),
    },
    {
      title: 'exceptions in initialisers',
      code: main(
        raw`System.out.println(Bad.x);`,
        raw`static class Bad { static int x = 1 / Integer.parseInt("0"); }
`,
      ),
    },
    {title: 'System.exit', code: main(raw`System.out.print("x"); System.exit(42);`)},
    {
      title: 'exit and shutdown hooks',
      code: main(
        raw`Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook"))); System.exit(3);`,
      ),
    },
    {
      title: 'halt',
      code: main(
        raw`Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("never"))); Runtime.getRuntime().halt(5);`,
      ),
    },
    {
      title: 'threads that outlive main',
      code: main(
        raw`new Thread(() -> { try { Thread.sleep(50); } catch (InterruptedException e) {} System.out.println("thread"); }).start(); System.out.println("main");`,
      ),
    },
    {
      title: 'daemon threads',
      code: main(
        raw`Thread t = new Thread(() -> { try { Thread.sleep(60000); } catch (InterruptedException e) {} System.out.println("never"); }); t.setDaemon(true); t.start(); System.out.println("main");`,
      ),
    },
    {
      title: 'an exception in a thread',
      code: main(
        raw`Thread t = new Thread(() -> { throw new RuntimeException("in thread"); }, "worker"); t.start(); t.join(); System.out.println("on");`,
      ),
    },
    {
      title: 'threads there are',
      code: main(
        raw`
        Thread[] all = new Thread[50]; int n = Thread.enumerate(all);
        for (int i = 0; i < n; i++) System.out.println(all[i]);
        for (Thread t : new TreeMap<>(names()).values()) System.out.println(t.getName() + t.isDaemon() + t.getPriority());`,
        raw`
    static Map<String, Thread> names() { Map<String, Thread> m = new HashMap<>(); for (Thread t : Thread.getAllStackTraces().keySet()) m.put(t.getName(), t); return m; }
`,
      ),
    },
    {
      title: 'class loaders',
      code: main(
        raw`System.out.println(Main.class.getClassLoader().getClass() + " " + Main.class.getClassLoader().getName() + " " + Main.class.getProtectionDomain().getCodeSource().getLocation() + " " + Thread.currentThread().getContextClassLoader().getName() + " " + Main.class.getModule() + Main.class.getPackageName());`,
      ),
    },
    {
      title: 'resources',
      code: {
        'Main.java':
          'public class Main { public static void main(String[] a) throws Exception { System.out.println(Main.class.getResource("/data.txt") + new String(Main.class.getResourceAsStream("/data.txt").readAllBytes())); } }',
        'data.txt': 'D',
      },
    },
    {title: 'a missing class', code: main(raw`Class.forName("Nothing");`)},
    {
      title: 'encodings',
      code: main(
        raw`System.out.println(java.nio.charset.Charset.defaultCharset() + " ü 日本 " + System.out.charset() + Locale.getDefault());`,
      ),
    },
    {
      title: 'stdin by Scanner',
      code: main(
        raw`Scanner s = new Scanner(System.in); System.out.println(s.nextInt() + s.nextInt()); s.nextLine(); System.out.println(s.nextLine() + s.hasNextLine()); s.nextLine();`,
      ),
      stdin: '1 2\nü x\n',
    },
    {
      title: 'stdin by a reader',
      code: main(
        raw`BufferedReader r = new BufferedReader(new InputStreamReader(System.in)); String l; while ((l = r.readLine()) != null) System.out.println(l.length()); System.out.println(System.in.read() + " " + System.console());`,
      ),
      stdin: 'ab\ncdé',
    },
    {
      title: 'output',
      code: main(
        raw`for (int i = 0; i < 20000; i++) System.out.println(i); System.err.println("e"); System.out.printf("%.3f no newline", 1.5);`,
      ),
    },
    {
      title: 'a full heap',
      code: main(raw`List<byte[]> l = new ArrayList<>(); for (;;) l.add(new byte[1 << 20]);`),
    },
    {
      title: 'deep recursion',
      code: main(
        raw`try { f(); } catch (StackOverflowError e) { System.out.println("overflow " + (n > 5000)); } f();`,
        raw`static int n; static void f() { n++; f(); }
`,
      ),
    },
    {
      title: 'child processes and descriptors',
      code: main(
        raw`Process p = new ProcessBuilder("sh", "-c", "ls /proc/self/fd; exit 3").start(); System.out.print(new String(p.getInputStream().readAllBytes())); System.out.println(p.waitFor());`,
      ),
    },
    {
      title: 'time zone',
      code: main(raw`System.out.println(TimeZone.getDefault().getID() + " " + new Date(0));`),
    },
    {
      title: 'several files and packages',
      entry: 'app/Main.java',
      code: {
        'app/Main.java':
          'package app;\nimport util.Text;\npublic class Main { public static void main(String[] a) { System.out.println(Text.up("x") + Main.class.getName()); throw new RuntimeException(); } }',
        'util/Text.java':
          'package util;\npublic class Text { public static String up(String s) { return s.toUpperCase(); } }',
      },
    },
    {
      title: 'records, lambdas and switches',
      code: main(
        raw`record P(int x, String y) {} System.out.println(new P(1, "a")); Object o = 3; System.out.println(o instanceof Integer i && i > 2 ? switch (i) { case 3 -> "three"; default -> "other"; } : "");`,
      ),
    },
    {title: 'a compile error', code: main(raw`int x = "text"; undefined();`)},
    {title: 'a syntax error', code: main(raw`int x = ;`)},
    {
      title: 'warnings of the compiler',
      code: main(raw`List l = new ArrayList(); l.add(1); new Thread().stop();`),
    },
    {
      title: 'a public class in a file of another name',
      entry: 'A.java',
      code: {'A.java': 'public class B { public static void main(String[] a) {} }'},
    },
    {
      title: 'text in the source that is not ASCII',
      code: main(raw`String größe = "日本\u00e9"; System.out.println(größe + größe.length());`),
    },
    {
      title: 'annotation processing is asked for',
      code: {
        'Main.java':
          '@Deprecated public class Main { @SuppressWarnings("unchecked") public static void main(String[] a) { System.out.println(Main.class.getAnnotations()[0]); } }',
      },
    },
    {title: 'no main method', code: 'public class Main { static void other() {} }\n'},
    {title: 'a main that is not static', code: 'public class Main { public void main(String[] a) {} }\n'},
    {
      title: 'identity and hash codes',
      code: main(
        raw`System.out.println(new Object().toString().startsWith("java.lang.Object@") + " " + "abc".hashCode() + " " + new Random(5).nextInt() + " " + List.of(1, 2).hashCode());`,
      ),
    },
    {
      title: 'assertions are off',
      code: main(raw`assert false : "no"; System.out.println(Main.class.desiredAssertionStatus());`),
    },
    {
      title: 'JAVA_TOOL_OPTIONS',
      env: {JAVA_TOOL_OPTIONS: '-Dmine=1'},
      code: main(raw`System.out.println(System.getProperty("mine"));`),
    },
  ],
};
