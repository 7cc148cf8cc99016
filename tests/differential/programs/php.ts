import type {DifferentialSet} from '../program.ts';

const php = (code: string) => `<?php\n${code}\n`;
const raw = String.raw;

export const PHP: DifferentialSet = {
  language: 'php',
  programs: [
    {
      title: '$argv',
      code: php(
        raw`var_dump($argv, $argc, $_SERVER['argv'], $_SERVER['SCRIPT_NAME'], $_SERVER['PHP_SELF'], $_SERVER['SCRIPT_FILENAME'], $_SERVER['PATH_TRANSLATED']);`,
      ),
      args: ['a', '-b', '--'],
    },
    {
      title: 'files and constants',
      code: php(
        raw`var_dump(__FILE__, __DIR__, __LINE__, PHP_SAPI, PHP_BINARY, get_included_files(), getcwd(), PHP_OS);`,
      ),
    },
    {title: 'settings', code: php(raw`$all = ini_get_all(null, false); ksort($all); print_r($all);`)},
    {
      title: 'extensions',
      code: php(raw`print_r(get_loaded_extensions()); echo php_ini_loaded_file(), php_ini_scanned_files();`),
    },
    {
      title: 'superglobals',
      code: php(
        raw`$s = array_keys($_SERVER); sort($s); print_r($s); print_r(array_keys($GLOBALS)); print_r($_ENV); print_r($_GET);`,
      ),
    },
    {title: 'its environment', code: php(raw`$e = getenv(); ksort($e); print_r($e);`), env: {MINE: 'x'}},
    {
      title: 'an uncaught exception',
      code: php(raw`function f($n) { if ($n == 0) throw new LogicException("deep ü", 3, new Exception("before")); f($n - 1); }
f(2);`),
    },
    {
      title: 'warnings, notices and deprecations',
      code: php(
        raw`echo $undefined; $a = []; echo $a["k"]; trigger_error("mine", E_USER_DEPRECATED); echo 1 <=> "a"; strlen(null);`,
      ),
    },
    {title: 'a fatal error', code: php(raw`nothing();`)},
    {title: 'a type error', code: php(raw`declare(strict_types=1); strlen(5);`)},
    {title: 'a syntax error', code: php(raw`echo 1 2;`)},
    {
      title: 'a syntax error in an included file',
      code: {'main.php': '<?php include "bad.php"; echo "on";', 'bad.php': '<?php\n$x = ;\n'},
    },
    {title: 'a missing include', code: php(raw`include 'nothing.php'; require 'nothing.php';`)},
    {
      title: 'files beside it',
      code: {
        'main.php':
          '<?php echo (require "lib/a.php"), (include_once "b.php"), get_include_path(); print_r(get_included_files());',
        'lib/a.php': '<?php return __DIR__;',
        'b.php': '<?php return 2;',
      },
    },
    {title: 'exit codes', code: php(raw`echo "a"; exit(7);`)},
    {title: 'exit with a text', code: php(raw`exit("text");`)},
    {
      title: 'shutdown functions and destructors',
      code: php(
        raw`class A { function __destruct() { echo "destroyed\n"; } } $a = new A; register_shutdown_function(function () { echo "shutdown\n"; exit(4); }); echo "main\n";`,
      ),
    },
    {
      title: 'handlers',
      code: php(
        raw`set_error_handler(function ($n, $m, $f, $l) { echo "handler $n $m $f $l\n"; return true; }); set_exception_handler(function ($e) { echo get_class($e), $e->getLine(); }); echo $x; throw new Exception("e");`,
      ),
    },
    {title: 'a signal to itself', code: php(raw`echo "x"; posix_kill(posix_getpid(), 9); sleep(5);`)},
    {
      title: 'stdin by STDIN, php://stdin and stream_get_contents',
      code: php(
        raw`var_dump(fgets(STDIN), fread(fopen('php://stdin', 'r'), 3), stream_get_contents(STDIN), feof(STDIN));`,
      ),
      stdin: 'one\ntwo\nthree\n',
    },
    {
      title: 'streams',
      code: php(
        raw`fwrite(STDERR, "e\n"); fputs(STDOUT, "o\n"); file_put_contents('php://output', "p\n"); var_dump(stream_isatty(STDOUT), ob_get_level(), STDIN, STDOUT, STDERR, get_resources());`,
      ),
    },
    {
      title: 'output buffering',
      code: php(raw`ob_start(fn ($b) => strtoupper($b)); echo "abc\n"; fwrite(STDOUT, "first\n");`),
    },
    {title: 'output', code: php(raw`for ($i = 0; $i < 40000; $i++) echo $i, "\n"; echo "no newline";`)},
    {title: 'text around the tags', code: 'before\n<?= 1 + 1 ?>\n\nafter <?php echo "x" ?>\n'},
    {title: 'a hash-bang', code: '#!/usr/bin/php\n<?php echo __LINE__, "\\n";'},
    {
      title: 'processes',
      code: php(
        raw`echo shell_exec('echo hi'); system('exit 3', $c); echo $c; print_r(array_map('trim', explode("\n", shell_exec('ls /proc/self/fd'))));`,
      ),
    },
    {
      title: 'time and locale',
      code: php(
        raw`echo date_default_timezone_get(), date('c e', 0), setlocale(LC_ALL, 0), mb_internal_encoding(), ini_get('default_charset');`,
      ),
    },
    {
      title: 'limits',
      code: php(
        raw`var_dump(ini_get('memory_limit'), ini_get('max_execution_time'), gc_enabled(), PHP_INT_SIZE, ini_get('opcache.enable_cli'), ini_get('pcre.jit'));`,
      ),
    },
    {
      title: 'constants and functions of its own',
      code: php(
        raw`const A = 1; function f() {} print_r(get_defined_constants(true)['user']); print_r(get_defined_functions()['user']); print_r(array_keys(get_defined_vars()));`,
      ),
    },
    {
      title: 'assertions',
      code: php(
        raw`try { assert(1 > 2); } catch (AssertionError $e) { echo $e->getMessage(); } echo ini_get('zend.assertions');`,
      ),
    },
    {
      title: 'open descriptors',
      code: php(
        raw`$n = scandir('/proc/self/fd'); foreach ($n as $fd) if (is_numeric($fd)) echo $fd, ' ', preg_replace('/:.*/', '', @readlink("/proc/self/fd/$fd") ?: 'gone'), "\n";`,
      ),
    },
    {
      title: 'random numbers and uniqueness',
      code: php(raw`mt_srand(3); echo mt_rand(), ' ', strlen(uniqid()), ' ', spl_object_id(new stdClass);`),
    },
  ],
};
