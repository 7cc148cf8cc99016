import {DEFAULT_COMPILE_LIMITS} from '@sandglass/protocol';
import {BUILD_FOLDER, BUILD_FOLDER_MARKER} from '../build/build-folder.ts';
import {asArgument, pathsWithExtension} from '../build/source-paths.ts';
import {diagnoseJava} from '../diagnostics/java.ts';
import {isJvmOutOfMemory, jvmArguments} from '../java/jvm-arguments.ts';
import {findMainClass, javaFileName} from '../java/main-class.ts';
import {javacArchive, javacArchiveOption} from '../prepare/javac-archive.ts';
import type {LanguageRecipe, Toolchain, ToolchainCandidate} from '../recipe.ts';

const JVM_FOLDER = '/usr/lib/jvm';
const CLASSES = `${BUILD_FOLDER}/classes`;

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
  compile: ({files, entry, compilerOptions, limits, toolchain}) => {
    const sources = pathsWithExtension(files, ['.java']);
    return {
      argv: [
        ...javac(toolchain, [...jvmArguments(limits), javacArchiveOption(toolchain)]),
        ...compilerOptions,
        ...(sources.length > 0 ? sources : [entry]).map(asArgument),
      ],
      env: {},
      files: [BUILD_FOLDER_MARKER],
      outputs: [`${CLASSES}/**`],
    };
  },
  run: ({files, entry, limits, toolchain}) => ({
    argv: [
      `${JVM_FOLDER}/${toolchain.name}/bin/java`,
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
  preparations: {common: archives, wanted: ({toolchain}) => archives(toolchain)},
  diagnose: diagnoseJava,
  isOutOfMemory: isJvmOutOfMemory,
};

/** The beginning of a compile, with options for the JVM that javac runs in. */
function javac({name}: Toolchain, jvmOptions: readonly string[]): string[] {
  return [
    `${JVM_FOLDER}/${name}/bin/javac`,
    ...jvmOptions.map((option) => `-J${option}`),
    // javac lives for a second: the optimising compiler would never earn back its own time.
    '-J-XX:TieredStopAtLevel=1',
    // An archive that is not there yet is no concern of the program's author: from JDK 21 on the JVM logs it to stdout.
    '-J-Xlog:disable',
    '-encoding',
    'UTF-8',
    '-d',
    CLASSES,
  ];
}

function archives(toolchain: Toolchain) {
  const jvm = jvmArguments(DEFAULT_COMPILE_LIMITS);
  return [javacArchive(toolchain, (options) => javac(toolchain, [...jvm, ...options]))];
}

/** A JDK is named after its folder below /usr/lib/jvm, so that the name alone says where it is. */
function jdk(name: string): ToolchainCandidate {
  const programs = `${JVM_FOLDER}/${name}/bin`;
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
