/**
 * Class data sharing for javac. The JDK brings an archive of its own core classes, loaded and checked in advance; javac's classes are not in
 * it, and loading them is more than a third of a small compile. A dynamic archive adds them (JEP 350). The JVM checks that an archive
 * belongs to its own build and its own class library and does without it otherwise, also when there is none.
 */
import {BUILD_FOLDER_MARKER, textFile} from '../build/build-folder.ts';
import type {Toolchain} from '../recipe.ts';
import {PREPARED, type Preparation, preparation} from './preparation.ts';

/**
 * The JVM's options for javac to use the archive. The JVM's own log is off: from JDK 21 on, an archive that is not there yet is an
 * error on stdout.
 */
export function javacArchiveOptions(toolchain: Toolchain): string[] {
  return ['-Xlog:disable', `-XX:SharedArchiveFile=${PREPARED}/${archivePath(toolchain)}`];
}

/**
 * The archive of the classes that javac loads for an ordinary program. `javac` gets options for its JVM and gives the command's
 * beginning; the recipe's own, because an archive made under other options (another collector) would not be used.
 */
export function javacArchive(
  toolchain: Toolchain,
  javac: (jvmOptions: readonly string[]) => readonly string[],
): Preparation {
  return preparation(
    archivePath(toolchain),
    (whole) => [...javac([`-XX:ArchiveClassesAtExit=${whole}`]), 'Main.java'],
    {env: {}, files: [BUILD_FOLDER_MARKER, textFile('Main.java', TRAINING)]},
  );
}

function archivePath({digest}: Toolchain): string {
  return `java/${digest}.jsa`;
}

/** Uses much of the language, with a warning, so that the classes behind it are loaded. Java 11, the oldest JDK of a supported Debian. */
const TRAINING = `import java.io.*;
import java.util.*;
import java.util.function.*;
import java.util.stream.*;

public class Main {
    enum Colour { RED, GREEN { @Override int weight() { return 2; } }; int weight() { return 1; } }
    interface Shape<T extends Comparable<T>> { T area(); default boolean isLarger(Shape<T> o) { return area().compareTo(o.area()) > 0; } }
    static abstract class Base implements Shape<Double> { final double side; Base(double side) { this.side = side; } }
    static class Square extends Base { Square(double side) { super(side); } public Double area() { return side * side; } }
    static class Failure extends RuntimeException { Failure(String text, Throwable cause) { super(text, cause); } }
    static int[][] grid = {{1, 2}, {3, 4}};
    static <K, V extends Comparable<V>> Optional<Map.Entry<K, V>> largest(Map<K, V> map) { return map.entrySet().stream().max(Map.Entry.comparingByValue()); }
    static long sum(int... numbers) { long total = 0; for (int number : numbers) total += number; return total; }

    public static void main(String[] args) throws Exception {
        Scanner in = new Scanner(System.in);
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(System.in))) {
            String line;
            while ((line = reader.readLine()) != null && !line.isEmpty()) System.out.println(line.trim() + 'x' + 1L + 2.0f);
        } catch (IOException | IllegalStateException e) {
            throw new Failure("failed: " + e.getMessage(), e);
        } finally {
            in.close();
        }
        List raw = new ArrayList();
        raw.add("unchecked");
        Map<String, Integer> counts = new TreeMap<>(Comparator.reverseOrder());
        for (String word : "a b a".split(" ")) counts.merge(word, 1, Integer::sum);
        List<String> names = counts.keySet().stream().filter(k -> k.length() < 9).map(String::toUpperCase).sorted().collect(Collectors.toList());
        Runnable task = new Runnable() { @Override public void run() { synchronized (Main.class) { System.out.printf("%s %d%n", names, sum(1, 2, 3)); } } };
        Thread thread = new Thread(task);
        thread.start();
        thread.join();
        BiFunction<Integer, Integer, Integer> add = (a, b) -> { int c = a + b; return c; };
        Supplier<List<int[]>> make = ArrayList::new;
        outer:
        for (int i = 0; i < grid.length; i++) {
            for (int j = 0; j < grid[i].length; j++) {
                if (grid[i][j] % 2 == 0) continue outer;
                switch (Colour.values()[j]) { case RED: grid[i][j] <<= 1; break; default: grid[i][j] ^= ~i; }
            }
        }
        int k = 0;
        do { k += add.apply(k, 1) > 3 ? 2 : 1; } while (k < 10);
        var deque = new ArrayDeque<Integer>(List.of(1, 2, 3));
        Object shape = new Square(2);
        if (shape instanceof Base && make.get().isEmpty()) System.out.println(((Base) shape).isLarger(new Square(1)) + " " + deque.peek() + largest(counts).get());
        StringBuilder text = new StringBuilder().append(k).append("text").reverse();
        assert text.length() > 0 : "empty";
        System.out.println(IntStream.rangeClosed(1, 5).boxed().collect(Collectors.groupingBy(n -> n % 2 == 0, Collectors.counting())) + text.toString());
    }
}
`;
