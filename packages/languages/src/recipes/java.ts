import {DEFAULT_COMPILE_LIMITS} from '@sandglass/protocol';
import {BUILD_FOLDER, BUILD_FOLDER_MARKER} from '../build/build-folder.ts';
import {asArgument, pathsWithExtension} from '../build/source-paths.ts';
import {diagnoseJava} from '../diagnostics/java.ts';
import {isJvmOutOfMemory, jvmArguments} from '../java/jvm-arguments.ts';
import {findMainClass, javaFileName} from '../java/main-class.ts';
import {PRIMED_JAVAC_BYTES, primedJavac} from '../java/primed-javac.ts';
import {javacArchive, javacArchiveOptions} from '../prepare/javac-archive.ts';
import type {LanguageRecipe, RecipeContext, Toolchain, ToolchainCandidate} from '../recipe.ts';

const JVM_FOLDER = '/usr/lib/jvm';
const CLASSES = `${BUILD_FOLDER}/classes`;

/** Memory of its own of a JVM that waits for its class path. */
const PRIMED_JVM_BYTES = 24 * 1024 * 1024;

/** Words of programs that ask how long ago the JVM or its process started, and the escapes that could hide one. */
const SINCE_START = /getUptime|getStartTime|ProcessHandle|startInstant|RuntimeMXBean|\\u+00/;

export const java: LanguageRecipe = {
  id: 'java',
  name: 'Java',
  aliases: ['jdk', 'openjdk'],
  extensions: ['.java'],
  sourceFile: 'Main.java',
  nameSource: javaFileName,
  toolchains: [jdk('default-java')],
  // The newest first. Links such as java-1.17.0-openjdk-amd64 only repeat a folder beside them.
  discoverToolchains: (list) =>
    list(JVM_FOLDER)
      .filter((name) => majorVersion(name) > 0 && !name.startsWith('java-1.'))
      .sort((a, b) => majorVersion(b) - majorVersion(a))
      .map(jdk),
  example: `import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        System.out.println("Hello from Java");
        Scanner in = new Scanner(System.in);
        if (in.hasNextLine()) System.out.println(in.nextLine());
    }
}
`,
  compile: (context) => ({
    argv: [...javac(context.toolchain, compilerJvm(context)), ...javacArguments(context)],
    env: {},
    files: [BUILD_FOLDER_MARKER],
    outputs: [`${CLASSES}/**`],
  }),
  primedCompiler: {
    argv: (context) => [
      ...primedJavac(jdkFolder(context.toolchain), compilerJvm(context)),
      ...javacArguments(context),
    ],
    firstFile: ({entry}) => entry,
    idleBytes: PRIMED_JAVAC_BYTES,
  },
  run: ({files, entry, limits, toolchain}) => ({
    argv: [
      `${jdkFolder(toolchain)}/bin/java`,
      ...jvmArguments(limits),
      '-Dfile.encoding=UTF-8',
      '-cp',
      // The working directory follows, for resources that lie beside the sources.
      `${CLASSES}:.`,
      findMainClass(files, entry),
    ],
    env: {},
    files: [],
  }),
  prime: {
    // The class path is looked at before any class in it.
    firstFile: () => CLASSES,
    idleBytes: PRIMED_JVM_BYTES,
    isExactFor: (files) =>
      !files.some(({content}) => SINCE_START.test(Buffer.from(content).toString('latin1'))),
  },
  preparations: {common: archives, wanted: ({toolchain}) => archives(toolchain)},
  diagnose: diagnoseJava,
  isOutOfMemory: isJvmOutOfMemory,
};

/** JVM options of a compile. javac lives for a second: the optimising compiler would never earn back its own time. */
function compilerJvm({limits, toolchain}: RecipeContext): string[] {
  return [...jvmArguments(limits), ...javacArchiveOptions(toolchain), '-XX:TieredStopAtLevel=1'];
}

/** The command that runs javac in a JVM with options. */
function javac(toolchain: Toolchain, jvmOptions: readonly string[]): string[] {
  return [`${jdkFolder(toolchain)}/bin/javac`, ...jvmOptions.map((option) => `-J${option}`)];
}

const OUTPUT_ARGUMENTS = ['-encoding', 'UTF-8', '-d', CLASSES];

function javacArguments({files, entry, compilerOptions}: RecipeContext): string[] {
  const sources = pathsWithExtension(files, ['.java']);
  return [
    ...OUTPUT_ARGUMENTS,
    ...compilerOptions,
    ...(sources.length > 0 ? sources : [entry]).map(asArgument),
  ];
}

function archives(toolchain: Toolchain) {
  const jvm = [...jvmArguments(DEFAULT_COMPILE_LIMITS), '-XX:TieredStopAtLevel=1'];
  return [
    javacArchive(toolchain, (options) => [...javac(toolchain, [...jvm, ...options]), ...OUTPUT_ARGUMENTS]),
  ];
}

function jdkFolder({name}: Pick<Toolchain, 'name'>): string {
  return `${JVM_FOLDER}/${name}`;
}

/** A JDK is named after its folder below /usr/lib/jvm, so that the name alone says where it is. */
function jdk(name: string): ToolchainCandidate {
  const programs = `${jdkFolder({name})}/bin`;
  return {
    name,
    binaries: [`${programs}/javac`, `${programs}/java`],
    versionArgv: [`${programs}/javac`, '-version'],
    versionPattern: /^javac (\d[\d.]*)/,
    debianPackages: ['default-jdk-headless'],
  };
}

function majorVersion(name: string): number {
  return Number(/(?:^|-)(\d{1,3})(?:[.-]|$)/.exec(name)?.[1] ?? 0);
}
