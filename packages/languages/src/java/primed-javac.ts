/**
 * A javac that has compiled before. Most of a small compile is the JVM getting under way: loading javac's classes, running them interpreted,
 * opening the class library. The JDK's source launcher (JEP 330) does all of that when it is handed a program as source: it compiles it with
 * javac, in memory, and runs it in the same JVM. The program here only calls javac with the arguments that follow. Held back where javac
 * first looks for the user's file, it waits with a warm compiler; what it does then is what `javac` does with the same arguments,
 * because it is the same entry with nothing left over from the first compile but loaded classes.
 */
import type {ImageEntry} from '@sandglass/sandbox';

const PROGRAM = '/opt/sandglass/java/Javac.java';

/** `main` of com.sun.tools.javac.Main is these very words. */
const SOURCE = `class Javac {
    public static void main(String[] arguments) {
        System.exit(com.sun.tools.javac.Main.compile(arguments));
    }
}
`;

/** Resident memory of its own of a JVM that waits like this, JDK 17. */
export const PRIMED_JAVAC_BYTES = 72 * 1024 * 1024;

/** What an image must hold for it. */
export const PRIMED_JAVAC_ENTRY: ImageEntry = {
  kind: 'file',
  path: PROGRAM,
  mode: 0o644,
  content: Buffer.from(SOURCE),
};

/**
 * The beginning of its command line; javac's own arguments follow. The property is what the `javac` command sets: without it, javac takes
 * the class path of the JVM that it runs in for the one of the sources.
 */
export function primedJavac(jdk: string, jvmOptions: readonly string[]): string[] {
  return [`${jdk}/bin/java`, ...jvmOptions, `-Dapplication.home=${jdk}`, PROGRAM];
}
